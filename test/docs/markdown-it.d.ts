/** The little of `markdown-it` that is used here; the package brings no types. */
declare module 'markdown-it' {
  export interface Token {
    readonly type: string;
    readonly tag: string;
    /** Of a block of code: what follows its fence. */
    readonly info: string;
    readonly content: string;
    /** First line, counted from 0, and the line behind the last. */
    readonly map: readonly [number, number] | null;
    readonly children: readonly Token[] | null;
    attrGet(name: string): string | null;
  }

  export default class MarkdownIt {
    constructor(options?: { readonly html?: boolean });
    parse(text: string, environment: object): readonly Token[];
  }
}
