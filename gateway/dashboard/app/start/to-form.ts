/** The chosen files as a form of the HTTP API. */
import { assignParts } from '../format/start-files';

export function toForm(files: readonly File[]): FormData {
  const form = new FormData();
  for (const [part, file] of assignParts(files)) form.append(part, file);
  return form;
}
