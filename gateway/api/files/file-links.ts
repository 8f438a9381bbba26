/** Files of items: the roles by which the API names them, and their addresses. */
import { withoutMissing } from '../../../workflows/domain/base/without-missing';
import { type AllFiles, MAIN_ROLE, type StepReport, type StoredFile } from '../../../workflows/domain/item/item';
import { toStepRole } from '../../../workflows/domain/item/step-report';

/** What an item has made. */
export interface MadeFiles extends AllFiles {
  readonly steps?: readonly Pick<StepReport, 'id' | 'files'>[];
}

/** Every file of an item: the results, then those of its steps, as `STEP.ROLE`. */
export function listFiles({ files, steps = [] }: MadeFiles): readonly StoredFile[] {
  const known = new Set(files.map(({ file }) => file));
  const others = steps.flatMap((step) => listStepFiles(step).filter(({ file }) => !known.has(file)));
  return [...files, ...others];
}

/** Finds the file of a role; `result` is the main file of every operation. */
export function findFile(made: MadeFiles, role: string): StoredFile | null {
  const all = [...made.files, ...(made.steps ?? []).flatMap(listStepFiles)];
  return all.find((file) => file.role === role) ?? (role === MAIN_ROLE ? (made.files[0] ?? null) : null);
}

function listStepFiles({ id, files }: Pick<StepReport, 'id' | 'files'>): readonly StoredFile[] {
  return files.map((file) => ({ ...file, role: toStepRole(id, file.role) }));
}

export function toItemPath(id: string): string {
  return `/v1/items/${id}`;
}

export function toRowPath(batchId: string, key: string): string {
  return `/v1/batches/${batchId}/items/${key}`;
}

export function toFilePath(item: string, role: string): string {
  return `${item}/files/${encodeURIComponent(role)}`;
}

type Linkable = Pick<StoredFile, 'role' | 'file'>;

/** How an item ended, as answers have it. */
interface Answer {
  readonly file: string | null;
  readonly files: readonly Linkable[];
  readonly steps?: readonly { readonly id: string; readonly files: readonly Linkable[] }[];
}

/**
 * Replaces the addresses in the store by paths of this API.
 *
 * @param item path of the item
 */
export function withLinks<T extends Answer>(answer: T, item: string): T {
  const [main] = answer.files;
  const steps = answer.steps === undefined ? undefined : linkSteps(answer.steps, item);
  return {
    ...answer,
    file: answer.file === null || main === undefined ? null : toFilePath(item, main.role),
    files: linkFiles(answer.files, (role) => toFilePath(item, role)),
    ...withoutMissing({ steps }),
  };
}

export function linkSteps<S extends NonNullable<Answer['steps']>[number]>(
  steps: readonly S[],
  item: string,
): readonly S[] {
  return steps.map((step) => ({
    ...step,
    files: linkFiles(step.files, (role) => toFilePath(item, toStepRole(step.id, role))),
  }));
}

export function linkFiles<T extends Linkable>(files: readonly T[], toPath: (role: string) => string): readonly T[] {
  return files.map((file) => ({ ...file, file: toPath(file.role) }));
}
