/** Clips, sounds and meshes are read to their end; what is damaged or of another kind is refused. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidMedia } from '../../../activities/media/media-facts';
import { verifyResult } from '../../../activities/media/verify-result';
import { writeClip } from '../../../emulator/media/clip';
import { writeMesh } from '../../../emulator/media/mesh';
import { writeSpeech } from '../../../emulator/media/sound';
import type { OutputKind } from '../../../workflows/domain/operations/operations';
import { tempFolder } from '../../support/temp-folder';

const folder = tempFolder();
let files = 0;

function verify(output: OutputKind, bytes: Buffer) {
  files += 1;
  const file = path.join(folder, String(files));
  writeFileSync(file, bytes);
  return verifyResult(file, output);
}

const PICTURE = { text: 'a fox', seed: 1, width: 64, height: 32, format: 'png', palette: null } as const;
const SIZE = { width: 64, height: 32 };
const made: Record<'video' | 'audio' | 'mesh', Buffer> = {
  video: Buffer.alloc(0),
  audio: writeSpeech('hello'),
  mesh: writeMesh(1),
};

beforeAll(async () => {
  made.video = await writeClip(PICTURE, 2);
});

test('facts of each kind', async () => {
  expect(await verify('video', made.video)).toEqual({
    mimeType: 'video/mp4',
    extension: 'mp4',
    ...SIZE,
    durationMs: 2_000,
    verified: true,
  });
  expect(await verify('audio', made.audio)).toEqual({
    mimeType: 'audio/wav',
    extension: 'wav',
    width: null,
    height: null,
    durationMs: 300,
    sampleRate: 16_000,
    verified: true,
  });
  expect(await verify('mesh', made.mesh)).toEqual({
    mimeType: 'model/gltf-binary',
    extension: 'glb',
    width: null,
    height: null,
    verified: true,
  });
});

const KINDS = ['video', 'audio', 'mesh'] as const;

test.each(KINDS)('%s: each shorter file is refused', async (kind) => {
  const whole = made[kind];
  for (const left of [0, 1, 11, 12, 20, 44, whole.length >> 1, whole.length - 100, whole.length - 1]) {
    await expect(verify(kind, whole.subarray(0, left))).rejects.toThrow(InvalidMedia);
  }
});

test.each(KINDS)('%s: a damaged file is refused or read, and never fails in another way', async (kind) => {
  const whole = made[kind];
  for (let at = 0; at < Math.min(whole.length, 700); at += 3) {
    for (const value of [0x00, 0x7f, 0xff]) {
      const damaged = Buffer.from(whole);
      damaged[at] = value;
      const end = await verify(kind, damaged).catch((error: unknown) => error);
      if (end instanceof Error) expect(end).toBeInstanceOf(InvalidMedia);
    }
  }
});

test.each([
  ['video', 'audio'],
  ['audio', 'mesh'],
  ['mesh', 'video'],
  ['mesh', 'image'],
] as const)('%s in place of %s is refused', async (given, expected) => {
  await expect(verify(expected, made[given])).rejects.toThrow(InvalidMedia);
});

test.each(KINDS)('%s: a page of HTML is refused', async (kind) => {
  await expect(verify(kind, Buffer.from('<!doctype html><title>Sign in</title>'))).rejects.toThrow(InvalidMedia);
});

test('a clip without its last sample is refused, even if its last box is whole', async () => {
  const clip = Buffer.from(made.video);
  const mdat = clip.indexOf('mdat') - 4;
  const cut = Buffer.from(clip.subarray(0, clip.length - 1));
  cut.writeUInt32BE(cut.length - mdat, mdat);
  await expect(verify('video', cut)).rejects.toThrow(/before the last samples/);
});

/** The same clip, with the sizes of its four samples in fewer bits. */
function withCompactSizes(clip: Buffer, bits: 8 | 16): Buffer {
  const at = clip.indexOf('stsz') + 4;
  const sizes = [0, 1, 2, 3].map((index) => clip.readUInt32BE(at + 12 + 4 * index));
  const compact = Buffer.from(clip);
  compact.write('stz2', at - 4, 'latin1');
  compact.writeUInt32BE(bits, at + 4);
  for (const [index, size] of sizes.entries()) {
    if (bits === 8) compact.writeUInt8(size, at + 12 + index);
    else compact.writeUInt16BE(size, at + 12 + 2 * index);
  }
  return compact;
}

test.each([8, 16] as const)(
  'a clip whose sizes have %i bits is read, and refused without its last sample',
  async (bits) => {
    expect(await verify('video', withCompactSizes(made.video, bits))).toMatchObject({ ...SIZE, verified: true });
    const cut = Buffer.from(withCompactSizes(made.video, bits).subarray(0, -1));
    const mdat = cut.indexOf('mdat') - 4;
    cut.writeUInt32BE(cut.length - mdat, mdat);
    await expect(verify('video', cut)).rejects.toThrow(/before the last samples/);
  },
);

test('a clip that names a billion samples is refused without room for them', async () => {
  const at = made.video.indexOf('stsz') + 4;
  for (const common of [0, 1]) {
    const clip = Buffer.from(made.video);
    clip.writeUInt32BE(common, at + 4);
    clip.writeUInt32BE(1_000_000_000, at + 8);
    await expect(verify('video', clip)).rejects.toThrow(InvalidMedia);
  }
});

test('a mesh whose buffer is shorter than described is refused', async () => {
  const mesh = Buffer.from(made.mesh.toString('latin1').replace('"byteLength":168', '"byteLength":999'), 'latin1');
  await expect(verify('mesh', mesh)).rejects.toThrow(InvalidMedia);
});

test.each([
  ['ID3 and more', 'audio/mpeg'],
  ['\xff\xfb\x90\x64', 'audio/mpeg'],
  ['\xff\xf3\x40\xc4', 'audio/mpeg'],
  ['OggS and more', 'audio/ogg'],
  ['fLaC and more', 'audio/flac'],
])('a sound in another format, %j, is kept unverified', async (bytes, mimeType) => {
  expect(await verify('audio', Buffer.from(bytes, 'latin1'))).toMatchObject({ mimeType, verified: false });
});

test.each([
  ['text in UTF-16', '\xff\xfe<\0'],
  ['AAC', '\xff\xf1\x50\x80'],
])('%s is not taken for MP3', async (_what, bytes) => {
  await expect(verify('audio', Buffer.from(bytes, 'latin1'))).rejects.toThrow(InvalidMedia);
});
