/** How a plan speaks of rows and of what its caller can do about them: a file, a body and an array differ. */

export interface PlanWords {
  /** A row, by its line or number, counted from 1. */
  readonly place: (line: number) => string;
  /** What leaves a duplicate out. */
  readonly dropDuplicates: string;
  /** What to do about a column that is almost called `field`. */
  readonly keepColumn: (field: string, column: string) => string;
  /** What keeps an unknown column. */
  readonly carry: string;
}

/** The names are flags of the command line. */
export const FILE_WORDS: PlanWords = {
  place: (line) => `line ${line}`,
  dropDuplicates: '--drop-duplicates leaves this one out',
  keepColumn: (field, column) => `--map ${field}=${column} takes it for that, --carry ${column} keeps it as it is`,
  carry: '--carry keeps a column as it is',
};

/** The names are parameters of the HTTP API. */
export const BODY_WORDS: PlanWords = {
  ...FILE_WORDS,
  dropDuplicates: 'dropDuplicates=true leaves this one out',
  keepColumn: (field) => `rename it to ${field}, or to a name that is less like it`,
  carry: 'other columns are returned with the results',
};

/** The names are options of the library. */
export const ROW_WORDS: PlanWords = {
  place: (number) => `rows[${number - 1}]`,
  dropDuplicates: 'dropDuplicates leaves this one out',
  keepColumn: (field, column) => `rename it to ${field}, or name it in "carry" to keep ${column} as it is`,
  carry: '"carry" keeps a field as it is',
};
