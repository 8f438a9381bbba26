/** Verifies meshes: a GLB file with all of its buffer, in which every view and accessor has its place. */
import { z } from 'zod';
import { getOwn } from '../../workflows/domain/base/own-value';
import { InvalidMedia, type MediaFacts, type OpenFile, withFile } from './media-facts';

const MAGIC = 0x46546c67;
const VERSION = 2;
const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;

/** Bytes of a component, by its type in the format. */
const COMPONENT_BYTES: Readonly<Record<number, number>> = { 5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4 };
const COMPONENTS: Readonly<Record<string, number>> = {
  ...{ SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 },
  ...{ MAT2: 4, MAT3: 9, MAT4: 16 },
};

const count = z.number().int().min(0);
const documentSchema = z.looseObject({
  meshes: z.array(z.unknown()).min(1),
  buffers: z.array(z.looseObject({ byteLength: count, uri: z.string().optional() })).default([]),
  bufferViews: z
    .array(
      z.looseObject({ buffer: count, byteOffset: count.default(0), byteLength: count, byteStride: count.optional() }),
    )
    .default([]),
  accessors: z
    .array(
      z.looseObject({
        bufferView: count.optional(),
        byteOffset: count.default(0),
        componentType: count,
        count,
        type: z.string(),
      }),
    )
    .default([]),
});
type MeshDocument = z.infer<typeof documentSchema>;

interface Chunks {
  readonly text: string;
  readonly binaryBytes: number;
}

/** @throws InvalidMedia */
export function verifyMesh(path: string): Promise<MediaFacts> {
  return withFile(path, async (file) => {
    const { text, binaryBytes } = await readChunks(file);
    const found = parseDocument(text);
    checkBuffers(found, binaryBytes);
    // Buffers in other files are not part of the result.
    const verified = found.buffers.every(({ uri }) => uri === undefined || uri.startsWith('data:'));
    return { mimeType: 'model/gltf-binary', extension: 'glb', width: null, height: null, verified };
  });
}

async function readChunks(file: OpenFile): Promise<Chunks> {
  const header = await file.read(0, Math.min(file.size, HEADER_BYTES));
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== MAGIC || header.readUInt32LE(4) !== VERSION)
    throw new InvalidMedia('the result is not a GLB file');
  const length = header.readUInt32LE(8);
  if (length > file.size) throw new InvalidMedia(`the result has ${file.size} bytes; its header says ${length}`);
  const chunks = new Map<number, { readonly at: number; readonly length: number }>();
  for (let at = HEADER_BYTES; at + CHUNK_HEADER_BYTES <= length; ) {
    const head = await file.read(at, CHUNK_HEADER_BYTES);
    const chunk = { at: at + CHUNK_HEADER_BYTES, length: head.readUInt32LE(0) };
    if (chunk.at + chunk.length > length) throw new InvalidMedia('the result ends inside of a chunk');
    if (!chunks.has(head.readUInt32LE(4))) chunks.set(head.readUInt32LE(4), chunk);
    at = chunk.at + chunk.length;
  }
  const json = chunks.get(JSON_CHUNK);
  if (json === undefined) throw new InvalidMedia('the result is a GLB file without a description');
  const text = (await file.read(json.at, json.length)).toString('utf8');
  return { text, binaryBytes: chunks.get(BINARY_CHUNK)?.length ?? 0 };
}

function parseDocument(text: string): MeshDocument {
  try {
    return documentSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new InvalidMedia('the description in the result is not that of a mesh', { cause: error });
  }
}

function checkBuffers({ buffers, bufferViews, accessors }: MeshDocument, binaryBytes: number): void {
  const [first] = buffers;
  if (first !== undefined && first.uri === undefined && first.byteLength > binaryBytes)
    throw new InvalidMedia(`the result has a buffer of ${binaryBytes} bytes; its description says ${first.byteLength}`);
  for (const { buffer, byteOffset, byteLength } of bufferViews)
    refuseIfBeyond(byteOffset + byteLength, buffers[buffer]?.byteLength);
  for (const accessor of accessors) {
    if (accessor.bufferView === undefined) continue;
    const view = bufferViews[accessor.bufferView];
    refuseIfBeyond(endOfAccessor(accessor, view?.byteStride), view?.byteLength);
  }
}

type Accessor = MeshDocument['accessors'][number];

function endOfAccessor({ byteOffset, componentType, type, count: elements }: Accessor, stride?: number): number {
  const bytes = (COMPONENT_BYTES[componentType] ?? 0) * (getOwn(COMPONENTS, type) ?? 0);
  return elements === 0 ? byteOffset : byteOffset + (elements - 1) * (stride ?? bytes) + bytes;
}

function refuseIfBeyond(end: number, available = 0): void {
  if (end > available) throw new InvalidMedia('the description in the result names data beyond its buffer');
}
