/** A problem with one named value. */
export interface Problem {
  readonly name: string;
  readonly message: string;
}

/** Returns a description of the problem, or `null`. */
export type Check = (value: unknown) => string | null;
export type NamedChecks = Readonly<Record<string, Check>>;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks an object with known keys only; a key with an undefined value counts as absent. */
export function checkNamed(checks: NamedChecks, value: unknown): readonly Problem[] {
  if (!isRecord(value)) return [{ name: 'value', message: 'must be an object' }];
  return Object.entries(value).flatMap(([name, part]) => {
    if (part === undefined) return [];
    const message = Object.hasOwn(checks, name) ? checks[name]?.(part) : 'is not known';
    return message ? [{ name, message }] : [];
  });
}

export function inRange(least: number, most: number): Check {
  return (value) =>
    typeof value === 'number' && value >= least && value <= most ? null : `must be a number ${span(least, most)}`;
}

export function integerInRange(least: number, most: number): Check {
  return (value) =>
    Number.isInteger(value) && inRange(least, most)(value) === null ? null : `must be an integer ${span(least, most)}`;
}

export function oneOf(values: readonly unknown[]): Check {
  return (value) => (values.includes(value) ? null : `must be one of ${values.join(', ')}`);
}

export function nullOr(check: Check): Check {
  return (value) => (value === null ? null : check(value));
}

/** The problems of a part as one line; `null` if there are none. */
export function inOneLine(problems: readonly Problem[]): string | null {
  return problems.length === 0 ? null : problems.map(({ name, message }) => `${name} ${message}`).join('; ');
}

function span(least: number, most: number): string {
  return most >= Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
}
