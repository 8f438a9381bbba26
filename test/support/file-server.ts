/** Serves files as inputs of operations. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

export interface FileServer {
  /** Without a trailing slash. */
  readonly url: string;
  close(): void;
}

/** @param files by path, for example `/photo.png`; any other path is answered with 404 */
export async function startFileServer(files: Readonly<Record<string, Buffer>>): Promise<FileServer> {
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Side of the photo, in pixels. */
export const PHOTO_SIDE = 64;

/** A small picture of one colour. */
export function drawColour(colour: string, format: 'png' | 'jpeg' | 'webp' | 'gif' = 'png'): Promise<Buffer> {
  const drawn = sharp({ create: { width: 24, height: 16, channels: 3, background: colour } });
  return drawn.toFormat(format).toBuffer();
}

/** A dark square on white, so that the background can be told from the subject. */
export async function drawPhoto(): Promise<Buffer> {
  const square = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#102030' } })
    .png()
    .toBuffer();
  const white = sharp({ create: { width: PHOTO_SIDE, height: PHOTO_SIDE, channels: 3, background: '#ffffff' } });
  return white
    .composite([{ input: square, gravity: 'centre' }])
    .png()
    .toBuffer();
}

export async function alphaAt(file: Buffer, x: number, y: number): Promise<number | undefined> {
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return data[(y * info.width + x) * info.channels + 3];
}
