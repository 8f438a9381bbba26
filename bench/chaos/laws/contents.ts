import { type Evidence, findKind } from '../evidence';

/** Law 11: an id stands for the rows of the accepted start, and for no others. */
export function contents({ ledger, starts }: Evidence): readonly string[] {
  if (starts.length < 2) return [];
  const made = new Set(ledger.posts.flatMap(({ prompt }) => findKind(prompt) ?? []));
  const taken = starts.filter(({ exit }) => exit === 0);
  return [
    ...(taken.length > 1 ? ['two starts with different rows were both accepted'] : []),
    ...starts
      .filter(({ rows, exit }) => exit !== 0 && made.has(rows))
      .map(({ rows, exit }) => `the start of the ${rows} rows ended with ${exit}, and they are made`),
  ];
}
