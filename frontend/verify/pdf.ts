// Finds the files embedded in a PDF (ISO 32000-1, 7.11.4): a report has its result.json inside.

/** Returns the contents of the embedded files that can be read. */
export async function embedded(bytes: Uint8Array): Promise<Uint8Array[]> {
  const text = new TextDecoder("iso-8859-1").decode(bytes); // windows-1252: one character a byte, and ASCII as it is
  const found: Uint8Array[] = [];
  for (const match of text.matchAll(/\/Type\s*\/EmbeddedFile(?![A-Za-z])/g)) {
    const start = text.lastIndexOf(" obj", match.index);
    const stream = /stream\r?\n/g;
    stream.lastIndex = match.index!;
    const begin = stream.exec(text) && stream.lastIndex;
    if (start < 0 || !begin) continue;
    const content = await unpacked(bytes, text, text.slice(start, begin), begin);
    if (content) found.push(content);
  }
  return found;
}

async function unpacked(bytes: Uint8Array, text: string, head: string, begin: number): Promise<Uint8Array | null> {
  const stated = /\/Length\s+(\d+)(?!\s+\d+\s+R)/.exec(head);
  const end = stated ? begin + Number(stated[1]) : text.indexOf("endstream", begin);
  const stored = bytes.slice(begin, end);
  if (!head.includes("/Filter")) return stored;
  if (!head.includes("/FlateDecode")) return null;
  try {
    const reader = new Blob([stored]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(reader).arrayBuffer());
  } catch {
    return null;
  }
}
