/**
 * The page verifies itself: its parts against the SHA-256 that were written into it when it was made.
 *
 * That finds damage and careless change. Somebody who changes a part can change the seal as well, so the
 * page digest and the SHA-256 of the whole file are in the case's audit log, which is what to compare with.
 */

export interface Seal {
  readonly style: string;
  readonly script: string;
  readonly licences: string;
  readonly model: string;
  /** SHA-256 of the four, joined by line ends. */
  readonly page: string;
}

export type Part = "style" | "script" | "licences" | "model" | "page";

export async function sha256(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Parts that are not as they were made; empty where all are. */
export async function broken(seal: Seal, parts: Readonly<Record<Exclude<Part, "page">, string>>): Promise<Part[]> {
  const encoder = new TextEncoder();
  const found: Part[] = [];
  const digests: string[] = [];
  for (const name of ["style", "script", "licences", "model"] as const) {
    const digest = await sha256(encoder.encode(parts[name]));
    digests.push(digest);
    if (digest !== seal[name]) found.push(name);
  }
  if ((await sha256(encoder.encode(digests.join("\n")))) !== seal.page) found.push("page");
  return found;
}
