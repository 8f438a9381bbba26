/** Every text of a history, including payloads, at any depth. */
export function textOfHistory(history: unknown): string {
  const texts: string[] = [];
  gather(history, texts);
  return texts.join('\n');
}

function gather(value: unknown, texts: string[]): void {
  if (typeof value === 'string') texts.push(value);
  else if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('utf8'));
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) gather(part, texts);
}
