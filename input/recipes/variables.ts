/** What is wrong with a variable that does not exist. */
import { isShowable } from '../columns';
import { adviseName } from '../requests/closest-match';

/**
 * Phrased to follow the name of the field.
 *
 * @param known the variables that exist. Without a header, a file has prompts as names; these are never shown
 */
export function describeMissing(name: string, known: Iterable<string>, hasRows: boolean): string {
  const names = [...known].filter(isShowable);
  const place = hasRows ? 'neither a column of the row nor a variable of the recipe' : 'not in the matrix, and not set';
  return `uses {{${name}}}, which is ${place}; ${names.length === 0 ? 'there are no variables' : adviseName(name, names)}`;
}
