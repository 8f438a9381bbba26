/** What is uploaded to plan or start a batch: files with rows, or pictures alone. */
import type { OperationName } from '../../../../workflows/domain/operations/operations';
import { type FormValues, toRequest } from '../format/operation-form';
import {
  type FileProblem,
  findPictureField,
  findPictureProblems,
  isPictureName,
  toPicturePart,
  toPictureRows,
} from '../format/picture-rows';
import { assignParts, findFilesProblem } from '../format/start-files';

export interface BatchUpload {
  /** `null`: there is nothing to upload, or it has problems. */
  readonly form: FormData | null;
  readonly problems: readonly FileProblem[];
  /** The file of each row, if each row is a picture. */
  readonly pictures: readonly string[] | null;
}

/** What is done with pictures. */
export interface PictureTerms {
  readonly operation: OperationName;
  readonly values: FormValues<File>;
}

export function isPictures(files: readonly File[]): boolean {
  return files.length > 0 && files.every(({ name }) => isPictureName(name));
}

/** @param maxBytes of the whole upload */
export function toUpload(files: readonly File[], terms: PictureTerms, maxBytes: number): BatchUpload {
  if (files.length === 0) return { form: null, problems: [], pictures: null };
  return isPictures(files) ? toPictureUpload(files, terms, maxBytes) : toRowUpload(files);
}

function toRowUpload(files: readonly File[]): BatchUpload {
  const problem = findFilesProblem(files);
  if (problem !== '') return { form: null, problems: [{ file: '', problem }], pictures: null };
  const form = new FormData();
  for (const [part, file] of assignParts(files)) form.append(part, file);
  return { form, problems: [], pictures: null };
}

function toPictureUpload(files: readonly File[], { operation, values }: PictureTerms, maxBytes: number): BatchUpload {
  const pictures = files.map(({ name }) => name);
  const problems = findPictureProblems(files, maxBytes);
  const field = findPictureField(operation);
  if (problems.length > 0 || field === null) return { form: null, problems, pictures };
  const others = new Map([...values].filter(([name]) => name !== field));
  const { request, parts } = toRequest(operation, others);
  const form = new FormData();
  const rows = toPictureRows(operation, field, pictures, request);
  form.append('rows', new Blob([rows], { type: 'application/jsonl' }), 'rows.jsonl');
  files.forEach((file, index) => {
    form.append(toPicturePart(index), file);
  });
  for (const [part, file] of parts) form.append(part, file);
  return { form, problems, pictures };
}
