import { createHash, randomBytes } from 'node:crypto';
import sharp from 'sharp';
import type { UploadAction } from '../faults/rules';
import { type Answer, errorAnswer, json, type Reply, validationAnswer } from '../http/answer';
import type { RawBody } from '../http/body';
import { type FormFile, parseForm } from '../http/multipart';
import type { World } from '../world';
import { scriptedAnswer } from './job-status';

/** Published: at most 20 MB. */
const MAX_UPLOAD_BYTES = 20 * 1024 * 1024;
/** Size of the largest body: a file and the form around it. */
export const MAX_FORM_BYTES = MAX_UPLOAD_BYTES + 1024 * 1024;

/** Published types, with the formats that a decoder names. */
const FORMATS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/gif': 'gif',
};

/** Decides the outcome of an upload. */
export async function receiveUpload(world: World, key: string, { bytes, contentType }: RawBody): Promise<Reply> {
  const file = parseForm(contentType, bytes)?.find(({ field }) => field === 'file');
  const name = file?.name ?? '';
  const hit = world.rules.find('upload', { operation: 'upload/image', prompt: name, inputs: [], seed: -1 });
  hit?.use();
  const scripted = hit === null ? null : toScripted(world, hit.action);
  const answer = scripted?.answer ?? (file === undefined ? MISSING : await keepFile(world, file));
  const upload = { at: world.now(), key, name, sha256: hashFile(file), bytes: file?.bytes.length ?? 0 };
  return world.uploads.add(upload, { ...scripted, answer });
}

/** Serves an uploaded file; no API key is needed. */
export function serveUpload(world: World, name: string): Reply {
  const file = world.uploads.find(name);
  if (file === undefined) return { answer: errorAnswer(404, 'NOT_FOUND', `There is no upload ${name}.`) };
  return { answer: { status: 200, body: file.bytes, headers: { 'content-type': file.contentType } } };
}

/** Characters that an address would have to encode. */
const UNSAFE = /[^\w.-]/g;

const MISSING = validationAnswer([{ loc: ['body', 'file'], msg: 'Field required', type: 'missing' }]);

async function keepFile(world: World, file: FormFile): Promise<Answer> {
  const { name, contentType, bytes } = file;
  const format = Object.hasOwn(FORMATS, contentType) ? FORMATS[contentType] : undefined;
  if (format === undefined) return errorAnswer(415, 'UNSUPPORTED_MEDIA_TYPE', `${contentType} is not accepted.`);
  if (bytes.length > MAX_UPLOAD_BYTES) return errorAnswer(413, 'FILE_TOO_LARGE', 'The file is larger than 20 MB.');
  if ((await readFormat(bytes)) !== format) {
    return validationAnswer([{ loc: ['body', 'file'], msg: `Input should be a valid ${format}`, type: 'value_error' }]);
  }
  const kept = `${randomBytes(12).toString('hex')}-${name.replace(UNSAFE, '_')}`;
  world.uploads.keep(kept, { bytes, contentType });
  const url = `${world.baseUrl}/uploads/${kept}`;
  return json(200, { url, filename: name, content_type: contentType, size_bytes: bytes.length });
}

async function readFormat(bytes: Buffer): Promise<string | undefined> {
  try {
    return (await sharp(bytes).metadata()).format;
  } catch {
    // Not a picture.
    return undefined;
  }
}

/** The scripted part of a reply; without an answer the regular one is sent. */
function toScripted(world: World, action: UploadAction): Omit<Reply, 'answer'> & { readonly answer?: Answer } {
  if ('status' in action) return scriptedAnswer(world, 'upload', action);
  if ('delayMs' in action) return { delayMs: action.delayMs };
  world.counters.fault(`upload:${action.fault}`);
  return { wire: action.fault };
}

function hashFile(file: FormFile | undefined): string | null {
  return file === undefined ? null : createHash('sha256').update(file.bytes).digest('hex');
}
