/** The content of an upload, by its address; `null` for another address. */
export function findContent(address: string): string | null {
  return /\/uploads\/[0-9a-f]+-([0-9a-f]{64})\.\w+$/.exec(address)?.[1] ?? null;
}
