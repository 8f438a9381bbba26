/** The description of a single item's file beside it, for `--sidecar`. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ItemOptions } from '../../input/requests/item-options';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { ItemReport } from '../../workflows/domain/item/item';
import { toRowSubmission, withAllFiles } from '../../workflows/domain/item/result-row';
import { formatSidecar, toSidecar, toSidecarName } from '../../workflows/domain/item/sidecar';
import { outputProblem } from './output-file';

/** Why the description of `file` cannot be written; `null` if it can. */
export function sidecarProblem(file: string, { cwd, overwrite }: { cwd: string; overwrite: boolean }) {
  return outputProblem(toSidecarName(file), { cwd, overwrite, format: null, formats: [], isOfRecipe: false });
}

/** @throws errors of the file system */
export async function writeSidecar(
  id: string,
  { operation, request, steps }: ItemOptions,
  report: ItemReport,
  { file, overwrite }: { readonly file: string; readonly overwrite: boolean },
): Promise<void> {
  const [main] = withAllFiles(report).files;
  const line = {
    key: id,
    submissions: report.submissions.map(toRowSubmission),
    ...withoutMissing({ values: report.values }),
  };
  const row = { key: id, operation, request, ...(steps === undefined ? {} : { steps }) };
  const described = main === undefined ? null : toSidecar({ row, line }, main, path.basename(file));
  if (described === null) return;
  await writeFile(toSidecarName(file), formatSidecar(described), { flag: overwrite ? 'w' : 'wx' });
}
