import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** The pictures that the items ask for. */
export interface RowTerms {
  /** Width and height in pixels. Default 64. */
  readonly size?: number;
  /** Default: the provider's own. */
  readonly format?: string;
}

/** Writes a file of items for `imagepipeline batch`: images, each with its own prompt. */
export async function writeRows(file: string, items: number, { size = 64, format }: RowTerms = {}): Promise<string> {
  const stream = createWriteStream(file);
  const [column, value] = format === undefined ? ['', ''] : [',output_format', `,${format}`];
  stream.write(`prompt,width,height${column}\n`);
  for (let number = 0; number < items; number += 1) stream.write(`benchmark ${number},${size},${size}${value}\n`);
  stream.end();
  await once(stream, 'finish');
  return file;
}
