// What the parts of the verifier share. Codes and their data are those of verify.py, whose texts the page shows.
export interface Fault {
  code: string;
  [name: string]: unknown;
}

/** A package as files by name; `read` returns null where a file is missing or damaged. */
export interface Source {
  faults: Fault[];
  sizes: Map<string, number>;
  hasFolder: (name: string) => boolean;
  read: (name: string) => Uint8Array | null;
}

/** What was found: faults, what could not be checked, what the installation states, and facts of the package. */
export class Report {
  faults: Fault[] = [];
  unchecked: Fault[] = [];
  stated: Fault[] = [];
  facts: Record<string, unknown> = {};

  fault(code: string, data: Record<string, unknown> = {}): void {
    this.faults.push({ code, ...data });
  }

  state(code: string, data: Record<string, unknown>): void {
    this.stated.push({ code, ...data });
  }

  note(code: string, data: Record<string, unknown> = {}): void {
    this.unchecked.push({ code, ...data });
  }
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Table = { [name: string]: Json };

export const isTable = (value: Json | undefined): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);
