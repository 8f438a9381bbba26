/** Descriptions of answers in the OpenAPI document. */
import { z } from 'zod';
import { PROBLEM_TYPE, problemSchema } from './problem';

/** The problem answer of every route. */
const problems = {
  default: {
    description: 'The request failed: "code" names the cause, "remedy" what to do.',
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
  },
} as const;

export function answers<T extends z.ZodType>(description: string, schema: T) {
  return { 200: { description, content: { 'application/json': { schema } } }, ...problems };
}

/** The answer 201: the header `Location` has its address. */
export function describeCreated<T extends z.ZodType>(description: string, schema: T) {
  const words = `${description} Location has its address.`;
  return { 201: { description: words, content: { 'application/json': { schema } } }, ...problems };
}

/** The answer 204, without a body. */
export function describeNothing(description: string) {
  return { 204: z.null().describe(description), ...problems };
}

/** The answer 202: the work continues; the header `Location` has its address. */
export function describeAccepted<T extends z.ZodType>(description: string, schema: T) {
  const words = `${description} Location has its address.`;
  return { 202: { description: words, content: { 'application/json': { schema } } }, ...problems };
}

/**
 * A streamed answer, which is not one JSON document.
 *
 * @param textType another type of it, as plain text; default none
 */
export function describeStream(contentType: string, description: string, schema: z.ZodType, textType?: string) {
  const text = textType === undefined ? {} : { [textType]: { schema: z.string() } };
  return { 200: { description, content: { [contentType]: { schema }, ...text } }, ...problems };
}

const FILE = { schema: z.string().meta({ format: 'binary' }) };
const FILE_TYPES = ['image/*', 'video/*', 'audio/*', 'model/gltf-binary', 'application/octet-stream'];
const fileContent = Object.fromEntries(FILE_TYPES.map((type) => [type, FILE]));

/** The bytes of a file, also in part. */
export function describeFile() {
  return {
    200: { description: 'The whole file. ETag is its SHA-256.', content: fileContent },
    206: { description: 'The bytes that the header Range names.', content: fileContent },
    304: z.null().describe('The caller has this content: If-None-Match names its ETag.'),
    ...problems,
  };
}

/** The bytes of an input, always whole. */
export function describeWholeFile() {
  return {
    200: { description: 'The whole file. ETag is its SHA-256.', content: { 'image/*': FILE } },
    304: z.null().describe('The caller has this content: If-None-Match names its ETag.'),
    ...problems,
  };
}

/** A small picture of a file. */
export function describeThumbnail() {
  return {
    200: { description: 'The thumbnail.', content: { 'image/webp': FILE } },
    304: z.null().describe('The caller has it: If-None-Match names its ETag.'),
    ...problems,
  };
}
