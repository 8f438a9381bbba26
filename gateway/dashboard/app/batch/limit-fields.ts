/** The limits of a batch that can be changed while it runs. */

interface LimitField {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** Step of a number; `null`: a text. */
  readonly step: string | null;
}

export const LIMIT_FIELDS: readonly LimitField[] = [
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

/** The body of the request. Numbers that cannot be read are sent as they are: the API names every problem. */
export function toChanges(read: (name: string) => string): Readonly<Record<string, unknown>> {
  const given = LIMIT_FIELDS.flatMap(({ name, step }) => {
    const text = read(name).trim();
    const value = step === null || Number.isNaN(Number(text)) ? text : Number(text);
    return text === '' ? [] : [{ name, value }];
  });
  const isOfBudget = ({ name }: { readonly name: string }) => name.startsWith('budget.');
  const budget = given.filter(isOfBudget).map(({ name, value }) => [name.replace('budget.', ''), value] as const);
  return {
    ...Object.fromEntries(given.filter((one) => !isOfBudget(one)).map(({ name, value }) => [name, value])),
    ...(budget.length === 0 ? {} : { budget: Object.fromEntries(budget) }),
  };
}
