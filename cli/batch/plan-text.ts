/** Formats a plan as text. Pure. */
import type { Finding, FindingKind, FindingList, Severity } from '../../input/findings';
import type { PhotoCounts } from '../../input/pictures/photo-tally';
import { PHOTO_TRAITS, type PhotoTrait } from '../../input/pictures/photo-traits';
import type { Plan } from '../../input/plan';
import type { RecipeOverview } from '../../input/recipes/item-overview';
import { visibleName } from '../../input/requests/visible-text';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { RowStep } from '../../workflows/domain/item/item';
import { OPERATION_NAMES } from '../../workflows/domain/operations/operations';

const MS_PER_SECOND = 1_000;
const BYTES_PER_MB = 1024 * 1024;
/** Units in seconds, the largest first. */
const UNITS = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3_600 },
  { unit: 'm', seconds: 60 },
  { unit: 's', seconds: 1 },
] as const;

/** What a plan counts: the rows of a file, or the items that a recipe makes. */
export type PlanNoun = 'row' | 'item';

/** The file with all findings of each severity; `null` if there is none. */
export type Reports = Readonly<Record<Severity, string | null>>;

/** The findings, for stderr: the first ones, and where the others are. */
export function formatFindings(plan: Plan, reports: Reports): readonly string[] {
  const { problems, warnings, complete, name, photos } = plan;
  return [
    ...problems.kinds.map(formatKind),
    ...formatMore('problem', problems, reports),
    ...warnings.kinds.map((kind) => `warning: ${formatKind(kind)}`),
    ...formatMore('warning', warnings, reports),
    ...formatPhotos(photos),
    ...(complete ? [] : [`${visibleName(name)} was not read beyond this; fix it and run plan again`]),
  ];
}

/** The estimate, for stdout; empty if no row may run. */
export function formatPlan(plan: Plan): readonly string[] {
  if (!plan.complete || plan.valid === 0) return [];
  return [
    `paid submissions: ${plan.submissions}, and one more for each retry of a failed job`,
    ...formatCounts(plan),
    formatTimes(plan.time),
    ...formatCost(plan),
    ...formatSample(plan),
    ...formatInputs(plan),
    `content: sha256 ${plan.contentSha256}`,
  ];
}

function formatCounts({ steps, byOperation }: Plan): readonly string[] {
  if (steps !== undefined)
    return steps.map(({ id, operation, submissions }) => `  step ${id}, ${operation}: ${submissions}`);
  return OPERATION_NAMES.flatMap((operation) => {
    const count = byOperation[operation];
    return count === undefined ? [] : [`  ${operation}: ${count}`];
  });
}

/** What the recipe makes, for stdout; empty if no row may run. Shows whole requests: they are what is to be checked. */
export function formatRecipe({ complete, valid, duplicates }: Plan, recipe: RecipeOverview): readonly string[] {
  if (!complete || valid === 0) return [];
  const { combinations, first, longestName } = recipe;
  const repeated = duplicates === 0 ? '' : `, ${duplicates} with the same request as an earlier one`;
  return [
    `recipe: ${formatCount(combinations, 'combination')}, ${formatCount(valid, 'item')}${repeated}`,
    ...first.flatMap(formatItem),
    ...(longestName === null ? [] : [`longest file name: ${longestName} (${longestName.length} characters)`]),
  ];
}

function formatItem(item: RecipeOverview['first'][number]): readonly string[] {
  const format = ({ operation, request }: Pick<RowStep, 'operation' | 'request'>) =>
    `${operation} ${JSON.stringify(request)}`;
  if (item.steps === undefined) return [`  ${item.key}: ${format(item)}`];
  return item.steps.map((step) => `  ${item.key} · ${step.id}: ${format(step)}`);
}

/** The last line, for stdout; empty if the file could not be read to its end. */
export function formatTotals(
  { name, complete, rows, valid, invalid, dropped }: Plan,
  noun: PlanNoun,
): readonly string[] {
  if (!complete) return [];
  return [`${visibleName(name)}: ${formatCount(rows, noun)}, ${valid} valid, ${invalid} invalid, ${dropped} dropped`];
}

/** The refusals, for stderr, if nothing can be started or rows would be left out; empty otherwise. */
export function formatRefusals({ mayStart, complete, valid, invalid }: Plan, noun: PlanNoun): readonly string[] {
  if (mayStart) return invalid === 0 ? [] : [`${formatCount(invalid, noun)} would be left out`];
  if (!complete) return ['nothing can be started from this file, not even with --skip-invalid'];
  if (valid === 0) return [`nothing can be started from this file: no ${noun} is valid`];
  return [`nothing can be started from this file: fix the ${noun}s above, or leave them out with --skip-invalid`];
}

/** One line per kind, however many rows have it. */
function formatKind(kind: FindingKind): string {
  const where = kind.count === 1 ? describePlace(kind) : describePlaces(kind);
  return `${where === '' ? '' : `${where}: `}${visibleName(kind.field)} ${kind.problem}`;
}

function describePlace({ line, key }: Finding): string {
  const parts = [line === null ? '' : `line ${line}`, key === null ? '' : `key "${key}"`];
  return parts.filter((part) => part !== '').join(', ');
}

function describePlaces({ lines, key, count }: FindingKind): string {
  const known = lines.filter((line) => line !== null);
  // Rows of a folder have no lines.
  if (known.length === 0) return `${formatCount(count, 'row')}${key === null ? '' : `, the first with key "${key}"`}`;
  return `lines ${known.join(', ')}${count > known.length ? ` and ${count - known.length} more` : ''}`;
}

function formatMore(severity: Severity, { total, kinds }: FindingList, reports: Reports): readonly string[] {
  const shown = kinds.reduce((sum, { lines }) => sum + lines.length, 0);
  if (total === shown) return [];
  const more = total - kinds.reduce((sum, { count }) => sum + count, 0);
  const file = reports[severity];
  const where = file === null ? '--report FILE writes all of them' : `all of them are in ${file}`;
  return [`${more > 0 ? formatCount(more, `more ${severity}`) : `${formatCount(total, severity)} in all`}; ${where}`];
}

function formatCost({ cost }: Pick<Plan, 'cost'>): readonly string[] {
  if (cost === null) return [];
  const without = cost.unpriced.length === 0 ? '' : `, without ${cost.unpriced.join(', ')}: add --price for it`;
  return [`cost: ${cost.amount}${without}; failed jobs are not charged`];
}

/** The sample first: it is what is paid first. */
function formatSample({ sample }: Plan): readonly string[] {
  if (sample === undefined) return [];
  const { rows, submissions, cost, time } = sample;
  return [
    `sample: ${formatCount(rows, 'item')}, ${formatCount(submissions, 'paid submission')}`,
    ...[formatTimes(time), ...formatCost({ cost })].map((line) => `  ${line}`),
  ];
}

function formatTimes(time: Plan['time']): string {
  return `time: ${time.map(({ concurrency, ms }) => formatTime(ms, concurrency)).join(', ')}`;
}

function formatInputs({ inputs: { files, distinct, bytes } }: Plan): readonly string[] {
  if (files === 0) return [];
  const size = `${(bytes / BYTES_PER_MB).toFixed(1)} MB`;
  return [
    `inputs: ${formatCount(files, 'file')}, ${distinct} with different content, ${size}; as far as is known, uploads stay ` +
      'publicly readable at the provider',
  ];
}

/** What the files are, and what to do. */
const ADVICE: Readonly<Record<PhotoTrait, string>> = {
  heic: 'HEIC, which the API does not take: export it as JPEG, or set the phone to make JPEG',
  avif: 'AVIF, which the API does not take: --convert makes JPEG or PNG of it',
  tiff: 'TIFF, which the API does not take: --convert makes JPEG or PNG of it',
  cmyk: 'in CMYK, whose colours the API may change: --convert makes sRGB of it',
  rotated: 'upright only by its EXIF data, which the API may ignore: --convert turns the pixels',
  large: 'larger than 20 MB, which the API does not take: --convert makes it smaller',
};

/** One line for each kind of file that the provider may not take as it is. */
function formatPhotos({ converted, ...counts }: PhotoCounts): readonly string[] {
  if (converted !== null) {
    const made = `${formatCount(converted, 'picture')} converted: upright, in sRGB, at most 20 MB`;
    return converted === 0 ? [] : [made];
  }
  return PHOTO_TRAITS.flatMap((trait) =>
    counts[trait] === 0 ? [] : [`${formatCount(counts[trait], 'file')}: ${ADVICE[trait]}`],
  );
}

function formatTime(ms: number, concurrency: number): string {
  return `about ${formatDuration(ms)} with ${formatCount(concurrency, 'job')} at a time`;
}

/** Formats the two largest nonzero units: an estimate is not more precise. */
function formatDuration(ms: number): string {
  let seconds = Math.ceil(ms / MS_PER_SECOND);
  const parts = UNITS.flatMap((one) => {
    const count = Math.floor(seconds / one.seconds);
    seconds -= count * one.seconds;
    return count === 0 ? [] : [`${count}${one.unit}`];
  });
  return parts.slice(0, 2).join(' ') || '0s';
}
