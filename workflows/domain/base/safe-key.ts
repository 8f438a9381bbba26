/**
 * Names that are safe as file names on every system: letters, digits, `.`, `_`, `-`, not starting with a dot or dash,
 * at most 128 characters. Such a key cannot leave its folder, hide a file, or become an option.
 */
const SAFE_KEY = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** Device names reserved by Windows, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The same as a JSON schema, whose patterns have no flags. */
export const SAFE_KEY_SCHEMA = {
  type: 'string',
  pattern: '^[A-Za-z0-9_]([A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?$',
  not: { pattern: '^([cC][oO][nN]|[pP][rR][nN]|[aA][uU][xX]|[nN][uU][lL]|[cC][oO][mM][0-9]|[lL][pP][tT][0-9])([.]|$)' },
};

const FORM_RULE = 'must be 1 to 128 letters, digits, ".", "_" and "-", not beginning with "." or "-"';

export function isSafeKey(key: string): boolean {
  return brokenKeyRule(key) === null;
}

/**
 * The rule that a name breaks, phrased to follow the name, for example `must not end with "."`; `null` if it is safe.
 */
export function brokenKeyRule(key: string): string | null {
  if (!SAFE_KEY.test(key)) return FORM_RULE;
  const [, device] = RESERVED.exec(key) ?? [];
  if (device === key) return `must not be "${device}", a reserved name on Windows`;
  if (device !== undefined) return `must not begin with "${device}.", a reserved name on Windows`;
  return key.endsWith('.') ? 'must not end with "."' : null;
}
