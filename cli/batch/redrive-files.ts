/** The input files of `redrive`: keys, and rows that replace those of the batch. */

import type { RowSource } from '../../client/batches/plan-batch';
import { type EditedRows, planEditedRows } from '../../client/batches/redrive-batch';
import { InputFileError } from '../../input/input-file-error';
import type { Plan } from '../../input/plan';
import { readKeys } from '../../input/read-keys';
import type { CliContext } from '../context';
import type { InputFlags } from './input-flags';
import { sourceFrom } from './open-source';
import { formatFindings } from './plan-text';

interface RowFlags extends InputFlags {
  readonly input?: string;
}

/** Reads the keys. On a problem it adds to `problems` and returns `null`. */
export async function loadKeys(
  file: string,
  { cwd }: CliContext,
  problems: string[],
): Promise<ReadonlySet<string> | null> {
  try {
    return await readKeys(file, { cwd, stdin: process.stdin });
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    problems.push(`--keys: ${error.message}`);
    return null;
  }
}

/** Reads the rows by key; `null` without `--input` and `--recipe`, or if the file has problems, which are added to `problems`. */
export async function editedRows(flags: RowFlags, context: CliContext, problems: string[]): Promise<EditedRows | null> {
  const { input } = flags;
  if (input === undefined && flags.recipe === undefined) {
    problems.push(...flagsWithoutInput(flags));
    return null;
  }
  const wrong: string[] = [];
  const source = await sourceFrom(input, flags, wrong, context);
  problems.push(...wrong.map((problem) => (input === undefined ? problem : `--input: ${problem}`)));
  return source === null ? null : planned(source, problems, context);
}

async function planned(source: RowSource, problems: string[], { stderr }: CliContext): Promise<EditedRows | null> {
  try {
    const edited = await planEditedRows(source);
    const { plan } = edited;
    if (!plan.mayStart) problems.push(...listProblems(plan).map((line) => `${source.name}: ${line}`));
    else for (const line of formatFindings(plan, { problem: null, warning: null })) stderr.write(`${line}\n`);
    return edited;
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    problems.push(`--input: ${error.message}`);
    return null;
  }
}

/** The problems, formatted as by `plan`. */
function listProblems(plan: Plan): readonly string[] {
  const withoutWarnings = { ...plan, warnings: { ...plan.warnings, kinds: [] } };
  return formatFindings(withoutWarnings, { problem: null, warning: null });
}

const READING_FLAGS = {
  format: '--format',
  delimiter: '--delimiter',
  skipInvalid: '--skip-invalid',
  dropDuplicates: '--drop-duplicates',
  map: '--map',
  carry: '--carry',
  strictColumns: '--strict-columns',
  operation: '--operation',
  set: '--set',
  recursive: '--recursive',
  match: '--match',
  convert: '--convert',
  recipe: '--recipe',
} as const satisfies Record<keyof InputFlags, string>;

function flagsWithoutInput(flags: InputFlags): readonly string[] {
  return Object.entries(READING_FLAGS)
    .filter(([name]) => flags[name as keyof InputFlags] !== undefined)
    .map(([, flag]) => `${flag} requires --input`);
}
