/** Limits that a form changes. */

export interface LimitField {
  /** Name in the request; a dot leads into an object. */
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** Step of a number; `null`: a text. */
  readonly step: string | null;
}

export const BATCH_LIMITS: readonly LimitField[] = [
  { name: 'concurrency', label: 'Jobs in flight', hint: 'at most', step: '1' },
  { name: 'maxFailures', label: 'Failures', hint: 'a number or a share, like 5%, at which it pauses', step: null },
  { name: 'budget.submissions', label: 'Budget, in submissions', hint: 'of this run, in all', step: '1' },
  { name: 'budget.cost', label: 'Budget, in cost', hint: 'of this run, by the prices of the batch', step: 'any' },
  {
    name: 'weight',
    label: 'Weight',
    hint: 'share of the account beside other batches; 2 is twice as much',
    step: 'any',
  },
];

export const ACCOUNT_LIMITS: readonly LimitField[] = [
  { name: 'limits.maxConcurrency', label: 'Jobs in flight', hint: 'at most', step: '1' },
  { name: 'limits.maxRate', label: 'Submissions per second', hint: 'at most', step: 'any' },
  { name: 'budget.submissions', label: 'Budget of a day, in submissions', hint: 'from midnight UTC', step: '1' },
  { name: 'budget.cost', label: 'Budget of a day, in cost', hint: 'needs a price', step: 'any' },
  { name: 'budget.price', label: 'Price', hint: 'of a submission without a price of its own', step: 'any' },
  { name: 'holdBelow.usd', label: 'Least balance, in USD', hint: 'the account is held below it', step: 'any' },
  { name: 'holdBelow.credits', label: 'Least balance, in credits', hint: 'likewise', step: 'any' },
];

/**
 * The body of the request. Fields that are empty are left out. Numbers that cannot be read are sent as they are: the API names
 * every problem.
 *
 * @param read the text of a field
 */
export function toChanges(
  fields: readonly LimitField[],
  read: (name: string) => string,
): Readonly<Record<string, unknown>> {
  const given = fields.flatMap(({ name, step }) => {
    const text = read(name).trim();
    const value = step === null || Number.isNaN(Number(text)) ? text : Number(text);
    const [group = '', field = null] = name.split('.');
    return text === '' ? [] : [{ group, field, value }];
  });
  const groups = [...new Set(given.map(({ group }) => group))];
  return Object.fromEntries(
    groups.map((group) => {
      const parts = given.filter((one) => one.group === group);
      const whole = parts.find(({ field }) => field === null);
      return [group, whole?.value ?? Object.fromEntries(parts.map(({ field, value }) => [field, value]))];
    }),
  );
}
