import type { FieldProblem } from './field-checks';

export const OUTPUT_FORMATS = ['webp', 'jpeg', 'png'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const POSITIONS = ['bottom_right', 'bottom_left', 'top_right', 'top_left'] as const;
export type Position = (typeof POSITIONS)[number];

/** A picture, drawn from the prompt or made of the inputs. */
export interface PictureWork {
  readonly kind: 'picture';
  readonly effect: 'compose' | 'place-logo' | 'cut-out';
  /** In pixels; `null`: as the first input. */
  readonly width: number | null;
  readonly height: number | null;
  /** Factor on the size of the first input. */
  readonly scale: number;
  readonly format: OutputFormat;
  readonly palette: readonly string[] | null;
  readonly position: Position;
  /** Background of a cut-out; `null`: only the cut-out is made. */
  readonly recolor: string | null;
}

/** A sound as long as its text. */
interface SoundWork {
  readonly kind: 'sound';
}

export interface ClipWork {
  readonly kind: 'clip';
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
}

interface MeshWork {
  readonly kind: 'mesh';
}

/** What a job makes. */
export type Work = PictureWork | SoundWork | ClipWork | MeshWork;

/** An address whose content a job needs. */
export interface Input {
  /** The field that names it. */
  readonly field: string;
  readonly url: string;
  readonly media: 'image' | 'audio';
}

/** The fields of a request that the emulator uses, with defaults filled in. */
export interface JobRequest {
  /** The prompt or text; empty if the operation has none. */
  readonly prompt: string;
  /** -1: drawn at random. */
  readonly seed: number;
  readonly callbackUrl: string | null;
  readonly inputs: readonly Input[];
  readonly work: Work;
}

/** `prompt` as in `JobRequest`. */
export type ParsedRequest =
  | { readonly ok: true; readonly request: JobRequest }
  | { readonly ok: false; readonly prompt: string; readonly problems: readonly FieldProblem[] };
