import type { ImageRequest } from '../endpoints/image-request';
import { withoutDirectives } from '../faults/directives';
import type { Job } from '../jobs/job';

/** All inputs of an image: equal inputs give equal bytes. */
export interface Picture extends Pick<ImageRequest, 'width' | 'height' | 'format' | 'palette'> {
  readonly text: string;
  readonly seed: number;
}

export function toPicture({ request, drawnSeed }: Job): Picture {
  const { prompt, width, height, format, palette } = request;
  return { text: withoutDirectives(prompt), seed: drawnSeed, width, height, format, palette };
}
