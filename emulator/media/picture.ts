import type { PictureWork } from '../endpoints/job-request';
import { withoutDirectives } from '../faults/directives';
import type { Job } from '../jobs/job';

/** All inputs of a drawn image: equal inputs give equal bytes. */
export interface Picture extends Pick<PictureWork, 'format' | 'palette'> {
  readonly text: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
}

/** Side of a picture without a size of its own, in pixels. */
const DEFAULT_SIDE = 1_024;

type Look = Pick<PictureWork, 'width' | 'height' | 'format' | 'palette'>;

export function toPicture({ request, drawnSeed }: Job, { width, height, format, palette }: Look): Picture {
  return {
    text: withoutDirectives(request.prompt),
    seed: drawnSeed,
    width: width ?? DEFAULT_SIDE,
    height: height ?? DEFAULT_SIDE,
    format,
    palette,
  };
}
