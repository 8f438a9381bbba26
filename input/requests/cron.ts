/** Cron expressions of five fields, as a Temporal Schedule understands them: a time matches if every field does. */
import { getOwn } from '../../workflows/domain/base/own-value';

/** Parsed times of a schedule. */
export interface Cron {
  /** Greatest number of times that match on one day. */
  readonly timesADay: number;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of values, the first for `min`. */
  readonly names: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of the month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 6, names: WEEKDAYS },
];

/** Temporal's short forms. */
const SHORT_FORMS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
};

/** Days of each month in the longest year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const FORM =
  'must be five fields: minute, hour, day of the month, month, day of the week, like "0 2 * * *", or one of ';

/** Returns every problem of an expression, or what it says. */
export function parseCron(expression: unknown): { readonly problems: readonly string[] } | Cron {
  if (typeof expression !== 'string') return { problems: [`must be a text like "0 2 * * *"`] };
  const shown = JSON.stringify(expression);
  const texts = (getOwn(SHORT_FORMS, expression.trim()) ?? expression).trim().split(/\s+/);
  if (texts.length !== FIELDS.length)
    return { problems: [`is ${shown}; ${FORM}${Object.keys(SHORT_FORMS).join(', ')}`] };
  const parsed = FIELDS.map((field, index) => parseField(field, texts[index] ?? ''));
  const problems = parsed.flatMap((values) => ('problem' in values ? [`is ${shown}: ${values.problem}`] : []));
  const [minutes, hours, days, months] = parsed.map((values) => ('problem' in values ? [] : values.values));
  if (problems.length > 0) return { problems };
  const isPossible = months?.some((month) => days?.some((day) => day <= (DAYS[month - 1] ?? 0)));
  if (isPossible !== true) return { problems: [`is ${shown}, which no day matches: these months have no such day`] };
  return { timesADay: (minutes?.length ?? 0) * (hours?.length ?? 0) };
}

type Values = { readonly values: readonly number[] } | { readonly problem: string };

function parseField(field: Field, text: string): Values {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const range = parseRange(field, part);
    if (range === null) return { problem: describeField(field, text) };
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return { values: [...values] };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Parses `*`, `5`, `1-5`, each also with `/2`. A single value with a step continues to the end. */
function parseRange(field: Field, text: string): Range | null {
  const [, all, first, last, every] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(text) ?? [];
  if (all === undefined && first === undefined) return null;
  const step = every === undefined ? 1 : Number(every);
  const from = all === undefined ? parseValue(field, first ?? '') : field.min;
  const end = every === undefined ? from : field.max;
  const to = all !== undefined ? field.max : last === undefined ? end : parseValue(field, last);
  if (from === null || to === null || to < from || step < 1 || step > field.max) return null;
  return { from, to, step };
}

function parseValue({ min, max, names }: Field, text: string): number | null {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? named + min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
}

function describeField({ name, min, max, names }: Field, text: string): string {
  const named = names.length === 0 ? '' : ` or ${names[0]} to ${names.at(-1)}`;
  return `the ${name} is ${JSON.stringify(text)}; must be *, ${min} to ${max}${named}, a range like ${min}-${max}, a step like */2, or several with commas`;
}
