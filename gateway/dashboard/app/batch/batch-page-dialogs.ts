/** The dialogs of a batch. */

/** Which items are run again. */
export interface RedriveScope {
  /** Only items that ended with this code; `null`: all that did not succeed. */
  readonly code: string | null;
}

export type OpenDialog = { readonly kind: 'limits' } | { readonly kind: 'redrive'; readonly scope: RedriveScope };
