/** How a browser shows a file. */

export type Medium = 'picture' | 'clip' | 'sound' | 'other';

/** What browsers show; they do not show every picture format. */
const PICTURES = ['image/webp', 'image/jpeg', 'image/png', 'image/gif', 'image/avif'];

export function findMedium(mimeType: string | null): Medium {
  if (mimeType === null) return 'other';
  if (PICTURES.includes(mimeType)) return 'picture';
  if (mimeType.startsWith('video/')) return 'clip';
  return mimeType.startsWith('audio/') ? 'sound' : 'other';
}

interface Shown {
  readonly key: string;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

/** Whether the key or a value has this text, in any case. */
export function hasText({ key, values = {} }: Shown, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return true;
  return [key, ...Object.values(values).map(formatValue)].some((one) => one.toLowerCase().includes(wanted));
}

export function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
