/** Writes a mesh as a GLB file: a cube with one colour. */
import { draw } from '../random';

const MAGIC = 0x46546c67;
const VERSION = 2;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const FLOAT = 5126;
const UNSIGNED_SHORT = 5123;
const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** Corners of a cube from -1 to 1. */
const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => [corner & 1, (corner >> 1) & 1, corner >> 2].map(toSide));
const TRIANGLES = [
  ...[0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6],
  ...[0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7],
  ...[0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5],
];

function toSide(bit: number): number {
  return bit === 0 ? -1 : 1;
}

/** @param seed determines the colour */
export function writeMesh(seed: number): Buffer {
  const positions = Buffer.from(Float32Array.from(CORNERS.flat()).buffer);
  const indices = Buffer.from(Uint16Array.from(TRIANGLES).buffer);
  const document = describe(seed, positions.length, indices.length);
  return writeGlb(JSON.stringify(document), Buffer.concat([positions, indices]));
}

function describe(seed: number, positionBytes: number, indexBytes: number): object {
  const colour = ['red', 'green', 'blue'].map((channel) => draw('mesh', seed, channel));
  return {
    asset: { version: '2.0', generator: 'imagepipeline emulator' },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
    materials: [{ pbrMetallicRoughness: { baseColorFactor: [...colour, 1] } }],
    buffers: [{ byteLength: positionBytes + indexBytes }],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: positionBytes },
      { buffer: 0, byteOffset: positionBytes, byteLength: indexBytes },
    ],
    accessors: [
      {
        ...{ bufferView: 0, componentType: FLOAT, count: CORNERS.length, type: 'VEC3' },
        ...{ min: [-1, -1, -1], max: [1, 1, 1] },
      },
      { bufferView: 1, componentType: UNSIGNED_SHORT, count: TRIANGLES.length, type: 'SCALAR' },
    ],
  };
}

function writeGlb(text: string, binary: Buffer): Buffer {
  const chunks = [chunk(JSON_CHUNK, Buffer.from(text), ' '), chunk(BINARY_CHUNK, binary, '\0')];
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(VERSION, 4);
  header.writeUInt32LE(HEADER_BYTES + chunks.reduce((sum, { length }) => sum + length, 0), 8);
  return Buffer.concat([header, ...chunks]);
}

/** Chunks are padded to a multiple of 4 bytes. */
function chunk(type: number, content: Buffer, padding: string): Buffer {
  const padded = Buffer.concat([content, Buffer.alloc(-content.length & 3, padding)]);
  const header = Buffer.alloc(CHUNK_HEADER_BYTES);
  header.writeUInt32LE(padded.length, 0);
  header.writeUInt32LE(type, 4);
  return Buffer.concat([header, padded]);
}
