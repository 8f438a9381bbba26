/** Derives keys from other texts. */

const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** Replaces what a key cannot contain: `/` becomes `--`, and any other unsafe character `_`. */
export function replaceUnsafe(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll('/', '--')
    .replace(/[^A-Za-z0-9._-]/gu, '_');
}

/** Also replaces what a key cannot begin or end with, and names of Windows devices. It may still be too long or empty. */
export function toSafeKey(text: string): string {
  return replaceUnsafe(text).replace(/^[-.]/, '_').replace(/\.$/, '_').replace(DEVICE, '$1_');
}
