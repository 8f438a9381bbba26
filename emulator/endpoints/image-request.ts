import type { FieldProblem } from './field-checks';

export const OUTPUT_FORMATS = ['webp', 'jpeg', 'png'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The fields of an image request that the emulator uses, with defaults filled in. */
export interface ImageRequest {
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  readonly format: OutputFormat;
  /** -1: drawn at random. */
  readonly seed: number;
  readonly palette: readonly string[] | null;
  readonly callbackUrl: string | null;
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: ImageRequest }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };
