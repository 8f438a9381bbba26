/** The files that `redrive` reads: keys, and rows that replace those of the batch. */
import type { ManifestRow } from '../../activities/store';
import { InputFileError } from '../../client/input/input-file-error';
import { openInput } from '../../client/input/open-input';
import { type Plan, planFile } from '../../client/input/plan';
import { readKeys } from '../../client/input/read-keys';
import type { CliContext } from '../context';
import { type InputFlags, readOpenOptions } from './input-flags';
import { formatFindings } from './plan-text';

interface RowFlags extends InputFlags {
  readonly input?: string;
}

/** What is wrong with the file goes to `problems`; `null` then. */
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

/** By key; `null` without `--input`, and where `problems` says what is wrong with the file. */
export async function editedRows(
  flags: RowFlags,
  { cwd, stderr }: CliContext,
  problems: string[],
): Promise<ReadonlyMap<string, ManifestRow> | null> {
  const rows = new Map<string, ManifestRow>();
  const { input, dropDuplicates, skipInvalid } = flags;
  if (input === undefined) {
    problems.push(...flagsWithoutInput(flags));
    return null;
  }
  try {
    const plan = await planFile(openInput(input, readOpenOptions(flags, { cwd }, process.stdin, problems)), {
      dropDuplicates: dropDuplicates === true,
      onRow: async ({ line: _line, ...row }) => {
        rows.set(row.key, row);
      },
    });
    if (!plan.complete || (plan.invalid > 0 && skipInvalid !== true)) problems.push(...listProblems(plan));
    else for (const line of formatFindings(plan, { problem: null, warning: null })) stderr.write(`${line}\n`);
    return rows;
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    problems.push(`--input: ${error.message}`);
    return null;
  }
}

/** In the words of `plan`. */
function listProblems(plan: Plan): readonly string[] {
  const withoutWarnings = { ...plan, warnings: { ...plan.warnings, kinds: [] } };
  return formatFindings(withoutWarnings, { problem: null, warning: null }).map((line) => `--input ${line}`);
}

const READING_FLAGS = {
  format: '--format',
  delimiter: '--delimiter',
  skipInvalid: '--skip-invalid',
  dropDuplicates: '--drop-duplicates',
  map: '--map',
  carry: '--carry',
  strictColumns: '--strict-columns',
} as const satisfies Record<keyof InputFlags, string>;

function flagsWithoutInput(flags: InputFlags): readonly string[] {
  return Object.entries(READING_FLAGS)
    .filter(([name]) => flags[name as keyof InputFlags] !== undefined)
    .map(([, flag]) => `${flag} has no meaning without --input`);
}
