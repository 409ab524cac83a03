// Texts of the page, which the server wrote into it in the person's language.
type Table = { [name: string]: string | Table };

let texts: Table = {};

export function readTexts(source: string): void {
  texts = JSON.parse(source) as Table;
}

/** Return the text of a key with its fields filled: `{n}`, or `{n:mark|marks}` for one and for more. */
export function say(key: string, data: Record<string, string | number> = {}): string {
  const text = key.split(".").reduce<string | Table | undefined>((table, name) => (table as Table | undefined)?.[name], texts);
  if (typeof text !== "string") throw new Error(`no text: ${key}`);
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_all, name: string, one?: string, many?: string) => {
    const value = String(data[name] ?? "");
    return one === undefined ? value : value === "1" ? one : (many ?? "");
  });
}
