/** A file in a form. */
export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

const LINE_END = '\r\n';
const HEAD_END = Buffer.from(`${LINE_END}${LINE_END}`);

/** Returns the files of a `multipart/form-data` body; `null` if it is none. */
export function parseForm(contentType: string, body: Buffer): readonly FormFile[] | null {
  const [, quoted, plain] = /^multipart\/form-data\s*;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain ?? findUndeclared(contentType, body);
  if (boundary === undefined) return null;
  const parts = splitParts(body, Buffer.from(`--${boundary}`));
  return parts?.flatMap(toFile) ?? null;
}

/**
 * The boundary of a form that is declared as JSON: the vendor's Python SDK 0.4.0 sends its uploads so, because it sets
 * the type of all its requests.
 */
function findUndeclared(contentType: string, body: Buffer): string | undefined {
  if (!contentType.startsWith('application/json')) return undefined;
  const [, boundary] = /^--(\S{1,70})\r\n/.exec(body.toString('latin1', 0, 80)) ?? [];
  return boundary;
}

/** `null` if the body does not end with the closing boundary. */
function splitParts(body: Buffer, boundary: Buffer): readonly Buffer[] | null {
  const parts: Buffer[] = [];
  let from = body.indexOf(boundary);
  while (from >= 0) {
    const begin = from + boundary.length;
    if (body.toString('latin1', begin, begin + 2) === '--') return parts;
    const next = body.indexOf(boundary, begin);
    if (next < 0) return null;
    parts.push(body.subarray(begin + LINE_END.length, next - LINE_END.length));
    from = next;
  }
  return null;
}

function toFile(part: Buffer): FormFile[] {
  const end = part.indexOf(HEAD_END);
  const head = part.toString('utf8', 0, Math.max(end, 0));
  const [, name] = /filename="([^"]*)"/i.exec(head) ?? [];
  if (end < 0 || name === undefined) return [];
  const [, field = ''] = /[;\s]name="([^"]*)"/i.exec(head) ?? [];
  const [, contentType = ''] = /^content-type:\s*(\S+)/im.exec(head) ?? [];
  return [{ field, name, contentType, bytes: part.subarray(end + HEAD_END.length) }];
}
