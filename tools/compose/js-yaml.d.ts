/** Types of the functions used here; the package has none. */
declare module 'js-yaml' {
  export function load(text: string): unknown;
}
