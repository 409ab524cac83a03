// Exact sums of points: texts of decimals with at most four places, added as whole ten-thousandths.
const PLACES = 4;

function scaled(text: string): number {
  const [whole = "0", part = ""] = text.split(".");
  return Number(whole + part.padEnd(PLACES, "0"));
}

/** Return the sum of exact points as text: `["2", "0.5"]` → "2.5". */
export function sum(points: Iterable<string>): string {
  let all = 0;
  for (const text of points) all += scaled(text);
  const digits = String(all).padStart(PLACES + 1, "0");
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`.replace(/\.?0+$/, "");
}
