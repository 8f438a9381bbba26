/** What the files are that a user gives to start a batch. */
const ROWS = /\.(csv|jsonl|ndjson)$/i;
const RECIPE = /\.(ya?ml|json)$/i;
/** The parts of the form of the HTTP API. */
const PARTS = { rows: 'rows', recipe: 'recipe' } as const;

/** Files by their part of the form: rows, a recipe, and pictures by their name. */
export function assignParts<T extends { readonly name: string }>(
  files: readonly T[],
): readonly (readonly [string, T])[] {
  return files.map((file) => [toPart(file.name), file] as const);
}

function toPart(name: string): string {
  if (ROWS.test(name)) return PARTS.rows;
  return RECIPE.test(name) ? PARTS.recipe : name;
}

/** What is wrong with the files as they are; empty: nothing. */
export function findFilesProblem(files: readonly { readonly name: string }[]): string {
  const parts = assignParts(files).map(([part]) => part);
  const twice = parts.find((part, index) => parts.indexOf(part) !== index);
  if (twice !== undefined) return `Two of the files are ${twice}; choose one.`;
  if (parts.some((part) => part === PARTS.rows || part === PARTS.recipe)) return '';
  return 'None of the files has rows. Choose a CSV or JSON Lines file (.csv, .jsonl, .ndjson), or a recipe (.yaml, .json).';
}

/** As typed, by operation. */
export type Prices = ReadonlyMap<string, string>;

/** What a user has filled in. */
export interface StartFields {
  readonly id: string;
  /** Empty: as many as the account allows. */
  readonly concurrency: string;
  /** Of one submission. */
  readonly prices: Prices;
}

/** The query of a plan. */
export function toPlanQuery({ concurrency, prices }: StartFields): URLSearchParams {
  const query = new URLSearchParams();
  if (concurrency.trim() !== '') query.set('concurrency', concurrency.trim());
  for (const [name, price] of prices) if (price.trim() !== '') query.append('price', `${name}=${price.trim()}`);
  return query;
}

/** The query of a start. */
export function toStartQuery(fields: StartFields): URLSearchParams {
  const query = toPlanQuery(fields);
  if (fields.id.trim() !== '') query.set('id', fields.id.trim());
  return query;
}
