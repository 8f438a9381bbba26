/** Prints what publint and "are the types wrong" say of a tarball. ESM, since both are, and jest cannot load them. */
import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';

const data = readFileSync(process.argv[2]);
const { messages } = await publint({
  pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) },
});
const { types, problems, entrypoints } = await checkPackage(createPackageFromTarballData(new Uint8Array(data)));
console.log(JSON.stringify({ messages, types, problems, entrypoints: Object.keys(entrypoints) }));
