/** The packed tarball in a folder of its own, with the dependencies that it declares and no others. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../support/temp-folder';

export const ROOT = path.join(__dirname, '..', '..');

export interface Installed {
  /** A project of somebody else. */
  readonly folder: string;
  readonly tarball: string;
}

/** What `npm pack` makes, installed without a registry. Its dependencies are those of this checkout. */
export function installPacked(): Installed {
  const folder = tempFolder();
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const tarball = path.join(folder, filename);
  const installed = path.join(folder, 'node_modules', 'imagepipeline-temporal');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
  const { dependencies } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) link(folder, name);
  return { folder, tarball };
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
