/** The packed packages in projects of somebody else, with the dependencies that they declare and no others. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packPackages } from '../../tools/pack-packages';
import { tempFolder } from '../support/temp-folder';

export const ROOT = path.join(__dirname, '..', '..');

export type PackageName = 'imagepipeline-temporal' | 'imagepipeline-temporal-worker';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface Packed {
  readonly name: PackageName;
  readonly tarball: string;
}

/** What `npm pack` makes of both packages. */
export function packBoth(): Readonly<Record<PackageName, Packed>> {
  const folder = tempFolder();
  const { client, worker } = packPackages(folder);
  const packed = (name: PackageName, from: string) => ({ name, tarball: packFolder(from, folder) });
  return {
    'imagepipeline-temporal': packed('imagepipeline-temporal', client),
    'imagepipeline-temporal-worker': packed('imagepipeline-temporal-worker', worker),
  };
}

function packFolder(from: string, folder: string): string {
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: from,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return path.join(folder, filename);
}

/** A project of somebody else with these packages, installed without a registry. Their dependencies are those of this checkout. */
export function install(...packages: readonly Packed[]): string {
  const folder = tempFolder();
  for (const { name, tarball } of packages) {
    const installed = path.join(folder, 'node_modules', name);
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
  }
  const names = packages.flatMap(({ name }) => Object.keys(readManifest(folder, name).dependencies));
  for (const name of new Set(names)) if (!existsSync(path.join(folder, 'node_modules', name))) link(folder, name);
  return folder;
}

/** What a package in a project declares. */
export function readManifest(folder: string, name: PackageName): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')) as Manifest;
}

/** Makes a package of this checkout one of the project's. */
export function link(folder: string, name: string): void {
  const target = path.join(folder, 'node_modules', name);
  mkdirSync(path.dirname(target), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules', name), target);
}

/** A block of code of a document: by the file name behind its language, or the first that matches. */
export function codeBlock(document: string, which: string | RegExp): string {
  const text = readFileSync(path.join(ROOT, document), 'utf8');
  const blocks = [...text.matchAll(/^```(.*)\n([\s\S]*?)^```/gm)];
  const isIt = ([, info = '', code = '']: RegExpMatchArray) =>
    typeof which === 'string' ? info === `ts ${which}` : which.test(code);
  const code = blocks.find(isIt)?.[2];
  if (code === undefined) throw new Error(`${document} has no block of code ${which}`);
  return code;
}

/** An example as a CommonJS file would have it. */
export function asCommonJs(example: string): string {
  const required = example.replace(/^import (\{[^}]+\}) from ('[^']+');$/gm, (_line, names: string, from: string) => {
    return `const ${names.replace(/(\w+) as (\w+)/g, '$1: $2')} = require(${from});`;
  });
  return `(async () => {\n${required}\n})();\n`;
}

export type ModuleKind = 'CommonJS' | 'ESM';

/** Writes an example as a file of the kind, and gives back its path. */
export function writeExample(folder: string, name: string, example: string, kind: ModuleKind): string {
  const isCommonJs = kind === 'CommonJS';
  const file = path.join(folder, `${name}.${isCommonJs ? 'cjs' : 'mjs'}`);
  writeFileSync(file, isCommonJs ? asCommonJs(example) : example);
  return file;
}
