/** Limits that a form changes. */

export interface LimitField {
  /** Name in the request; a dot leads into an object. */
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** Step of a number; `null`: a text. */
  readonly step: string | null;
  /** What "none" removes: the field, or all fields of its object. Absent: it cannot be removed. */
  readonly none?: 'field' | 'group';
  /** Whether it is a list, whose entries are separated by commas. Default false. */
  readonly isList?: boolean;
}

export const BATCH_LIMITS: readonly LimitField[] = [
  { name: 'concurrency', label: 'Jobs in flight', hint: 'at most', step: '1', none: 'field' },
  { name: 'maxFailures', label: 'Failures', hint: 'a number or a share, like 5%, at which it pauses', step: null },
  {
    name: 'budget.submissions',
    label: 'Budget, in submissions',
    hint: 'of this run, in all',
    step: '1',
    none: 'field',
  },
  {
    name: 'budget.cost',
    label: 'Budget, in cost',
    hint: 'of this run, by the prices of the batch',
    step: 'any',
    none: 'field',
  },
  {
    name: 'weight',
    label: 'Weight',
    hint: 'share of the account beside other batches; 2 is twice as much',
    step: 'any',
  },
];

export const ACCOUNT_LIMITS: readonly LimitField[] = [
  { name: 'limits.maxConcurrency', label: 'Jobs in flight', hint: 'at most', step: '1', none: 'field' },
  { name: 'limits.maxRate', label: 'Submissions per second', hint: 'at most', step: 'any', none: 'field' },
  {
    name: 'budget.submissions',
    label: 'Budget of a day, in submissions',
    hint: 'from midnight UTC',
    step: '1',
    none: 'field',
  },
  { name: 'budget.cost', label: 'Budget of a day, in cost', hint: 'needs a price', step: 'any', none: 'field' },
  { name: 'budget.price', label: 'Price', hint: 'of a submission without a price of its own', step: 'any' },
  {
    name: 'holdBelow.usd',
    label: 'Least balance, in USD',
    hint: 'the account is held below it',
    step: 'any',
    none: 'field',
  },
  { name: 'holdBelow.credits', label: 'Least balance, in credits', hint: 'likewise', step: 'any', none: 'field' },
  {
    name: 'hours.windows',
    label: 'Hours in which it spends',
    hint: 'for example 22:00-06:00, 12:00-13:00',
    step: null,
    none: 'group',
    isList: true,
  },
  { name: 'hours.timezone', label: 'Time zone of the hours', hint: 'for example Europe/Berlin', step: null },
];

/** What a user types to remove a limit. */
const NONE = /^none$/i;

/**
 * The body of the request. Fields that are empty are left out, and "none" removes a limit. Numbers that cannot be read are sent as
 * they are: the API names every problem.
 *
 * @param read the text of a field
 */
export function toChanges(
  fields: readonly LimitField[],
  read: (name: string) => string,
): Readonly<Record<string, unknown>> {
  const changes = new Map<string, unknown>();
  for (const field of fields) {
    const text = read(field.name).trim();
    if (text === '') continue;
    const [group = '', name = null] = field.name.split('.');
    const isRemoved = field.none !== undefined && NONE.test(text);
    const value = isRemoved ? null : toValue(field, text);
    const known = changes.get(group);
    if (name === null || (isRemoved && field.none === 'group')) changes.set(group, value);
    else if (known !== null) changes.set(group, { ...(known ?? {}), [name]: value });
  }
  return Object.fromEntries(changes);
}

function toValue({ step, isList = false }: LimitField, text: string): unknown {
  if (isList) return text.split(',').map((one) => one.trim());
  return step === null || Number.isNaN(Number(text)) ? text : Number(text);
}
