import { on } from "./events";

// The server uses JSON with bytes in base64url; Chrome 87–93 has no parseCreationOptionsFromJSON() to convert it.
type Json = { [name: string]: unknown };

/** `<form data-passkey="create|get">`: requests a passkey from the device, writes it into `credential` and submits. */
export function passkeys(): void {
  on<SubmitEvent>("submit", "form[data-passkey]", (found, event) => {
    const form = found as HTMLFormElement;
    event.preventDefault();
    void answered(form).catch(() => form.querySelector("[data-passkey-error]")?.removeAttribute("hidden"));
  });
}

async function answered(form: HTMLFormElement): Promise<void> {
  const asked = (await options(form)).publicKey as Json;
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: toCreate(asked, form) })
      : await navigator.credentials.get({ publicKey: toGet(asked) });
  const field = form.elements.namedItem("credential") as HTMLInputElement;
  field.value = JSON.stringify(told(credential as PublicKeyCredential));
  form.submit();
}

async function options(form: HTMLFormElement): Promise<Json> {
  const { options, optionsUrl } = form.dataset;
  if (options) return JSON.parse(document.getElementById(options)!.textContent!) as Json;
  const answer = await fetch(optionsUrl!, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return ((await answer.json()) as Json).request_options as Json;
}

function toCreate(asked: Json, form: HTMLFormElement): PublicKeyCredentialCreationOptions {
  const alone = (form.elements.namedItem("passwordless") as HTMLInputElement | null)?.checked ?? false;
  const user = asked.user as Json;
  return {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: keys(asked.excludeCredentials),
    authenticatorSelection: {
      ...(asked.authenticatorSelection as Json),
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone ? { userVerification: "required" } : {}),
    },
  } as unknown as PublicKeyCredentialCreationOptions;
}

function toGet(asked: Json): PublicKeyCredentialRequestOptions {
  return {
    ...asked,
    challenge: bytes(asked.challenge),
    allowCredentials: keys(asked.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
}

function keys(listed: unknown): Json[] {
  return ((listed as Json[] | undefined) ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
}

function told(credential: PublicKeyCredential): Json {
  const response: Json = {};
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const name of names) {
    const value = (credential.response as unknown as Json)[name];
    if (value) response[name] = text(value as ArrayBuffer);
  }
  const id = text(credential.rawId);
  return { id, rawId: id, type: credential.type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

function bytes(value: unknown): Uint8Array {
  const base64 = (value as string).replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function text(value: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(value));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
