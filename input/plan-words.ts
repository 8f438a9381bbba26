/** The wording of findings: places and remedies differ for a file, a request body and an array. */

export interface PlanWords {
  /** Whether rows have lines. Default true. */
  readonly hasLines?: false;
  /** Names a row by its line or number, from 1. */
  readonly place: (line: number) => string;
  /** The remedy for a duplicate. */
  readonly dropDuplicates: string;
  /** The remedy for a column with almost the name of `field`. */
  readonly keepColumn: (field: string, column: string) => string;
  /** The remedy for an unknown column. */
  readonly carry: string;
}

/** The wording for files: remedies are flags of the command line. */
export const FILE_WORDS: PlanWords = {
  place: (line) => `line ${line}`,
  dropDuplicates: '--drop-duplicates leaves this one out',
  keepColumn: (field, column) => `--map ${field}=${column} takes it for that, --carry ${column} keeps it as it is`,
  carry: '--carry keeps a column as it is',
};

/** The wording for request bodies: remedies are parameters of the HTTP API. */
export const BODY_WORDS: PlanWords = {
  ...FILE_WORDS,
  dropDuplicates: 'dropDuplicates=true leaves this one out',
  keepColumn: (field) => `rename it to ${field}, or to a name that is less like it`,
  carry: 'rename a column to keep it as it is',
};

/** The wording for arrays: remedies are options of the library. */
export const ROW_WORDS: PlanWords = {
  place: (number) => `rows[${number - 1}]`,
  dropDuplicates: 'dropDuplicates leaves this one out',
  keepColumn: (field, column) => `rename it to ${field}, or name it in "carry" to keep ${column} as it is`,
  carry: '"carry" keeps a field as it is',
};
