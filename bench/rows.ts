import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** Writes a file of items for `imagepipeline batch`: small images, each with its own prompt. */
export async function writeRows(file: string, items: number): Promise<string> {
  const stream = createWriteStream(file);
  stream.write('prompt,width,height\n');
  for (let number = 0; number < items; number += 1) stream.write(`benchmark ${number},64,64\n`);
  stream.end();
  await once(stream, 'finish');
  return file;
}
