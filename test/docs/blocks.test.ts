/** Blocks of code are what they say: TypeScript compiles, JSON and YAML can be read. */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { tempFolder } from '../support/temp-folder';
import { type CodeBlock, ROOT, readDocuments } from './documents';

/** Signatures, which are no programs; they are held to the types by a test of their own. */
const SIGNATURES = 'docs/api.md';

const blocks = readDocuments()
  .filter(({ file }) => file !== SIGNATURES)
  .flatMap((document) => document.blocks);

const inLanguage = (language: string) => blocks.filter((block) => block.language === language);

/** A project whose packages are those of this checkout. */
const folder = tempFolder();
symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));

/** What the compiler says of the blocks, in a project as strict as ours. */
function compile(all: readonly CodeBlock[]): string {
  const files = all.map(({ code }, index) => {
    const file = `${index}.mts`;
    writeFileSync(path.join(folder, file), code);
    return file;
  });
  const compilerOptions = { module: 'preserve', noUnusedLocals: false, rootDir: path.parse(ROOT).root };
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: path.join(ROOT, 'tsconfig.json'), compilerOptions, files, include: [] }),
  );
  const options: ExecFileSyncOptions = { cwd: folder, encoding: 'utf8', stdio: 'pipe' };
  const tsc = path.join(ROOT, 'node_modules', '.bin', 'tsc');
  try {
    return String(execFileSync(tsc, ['-p', folder], options));
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}

test('every block of TypeScript compiles, and one that does not is noticed', () => {
  const examples = inLanguage('ts');
  expect(examples.length).toBeGreaterThanOrEqual(5);
  const wrong = "import { ImagePipelineClient } from 'imagepipeline-temporal';\nImagePipelineClient.conect();\n";
  const said = compile([...examples, { place: 'none', language: 'ts', name: '', code: wrong }]);
  const places = said
    .trim()
    .split('\n')
    .map((line) => examples[Number.parseInt(line, 10)]?.place ?? line);
  expect(places).toEqual([expect.stringContaining("'conect' does not exist")]);
});

test('every block of JSON and YAML can be read', () => {
  expect(inLanguage('json').length * inLanguage('yaml').length).toBeGreaterThan(0);
  for (const { code } of inLanguage('json')) expect(() => JSON.parse(code)).not.toThrow();
  for (const { code } of inLanguage('yaml'))
    for (const part of code.split(/^---$/m)) expect(() => load(part)).not.toThrow();
});

test('a block says in which language it is, or is a listing', () => {
  const known = ['', 'sh', 'ts', 'json', 'yaml', 'csv', 'jsonl', 'mermaid', 'python', 'go', 'java'];
  expect(blocks.filter(({ language }) => !known.includes(language)).map(({ place }) => place)).toEqual([]);
});

const EXAMPLES = { python: 'temporal_client.py', go: 'go/main.go', java: 'java/TemporalClient.java' };

test.each(Object.entries(EXAMPLES))('a block in %s is part of the example that a test runs', (language, file) => {
  const example = readFileSync(path.join(ROOT, 'docs', 'examples', file), 'utf8');
  expect(inLanguage(language).map(({ code }) => example.includes(code.trim()))).toEqual([true]);
});
