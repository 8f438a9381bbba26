/** The addresses of files of items. */
import { withoutMissing } from '../../../workflows/domain/base/without-missing';
import type { StoredFile } from '../../../workflows/domain/item/item';
import { toStepRole } from '../../../workflows/domain/item/step-report';

export function toItemPath(id: string): string {
  return `/v1/items/${id}`;
}

export function toRowPath(batchId: string, key: string): string {
  return `/v1/batches/${batchId}/items/${key}`;
}

export function toFilePath(item: string, role: string): string {
  return `${item}/files/${encodeURIComponent(role)}`;
}

/** @param item path of the item */
export function toInputPath(item: string, sha256: string): string {
  return `${item}/inputs/${sha256}`;
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
