// Verifies the packages of a folder with the browser's verifier and prints what it found of each, as JSON lines.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [sources, folder] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(sources, "verify", name)));
const [{ openZip, Unreadable }, { verify, canonical }, { sm3 }, { signedBy }, { fromHex }] = await Promise.all(
  ["zip.ts", "package.ts", "digests.ts", "signatures.ts", "digests.ts"].map(load),
);

for (const name of readdirSync(folder).filter((one) => one.endsWith(".json"))) {
  const given = JSON.parse(readFileSync(join(folder, name), "utf8"));
  console.log(JSON.stringify({ name: name.slice(0, -5), found: await answer(given, name) }));
}

async function answer(given, name) {
  if (given.sm3 !== undefined) return sm3(fromHex(given.sm3));
  if (given.canonical !== undefined) return canonical(given.canonical);
  if (given.signature !== undefined) return signedBy(...[given.key, given.signature, given.text].map(fromHex));
  try {
    const bytes = new Uint8Array(readFileSync(join(folder, name.replace(/json$/, "zip"))));
    const report = await verify(openZip(bytes), given);
    return { faults: report.faults, unchecked: report.unchecked };
  } catch (error) {
    if (error instanceof Unreadable) return "unreadable";
    throw error;
  }
}
