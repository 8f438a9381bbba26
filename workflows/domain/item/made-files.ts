/** Files of items, by the roles under which callers find them. */
import { type AllFiles, MAIN_ROLE, type StepReport, type StoredFile } from './item';
import { toStepRole } from './step-report';

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
