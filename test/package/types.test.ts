/** What somebody else's compiler and linters say of the packed packages. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeBlock, install, link, type PackageName, type Packed, packBoth, ROOT } from './installed';

const ENTRIES: readonly (readonly [PackageName, readonly string[]])[] = [
  [
    'imagepipeline-temporal',
    ['.', './workflows', './activities', './worker', './testing', './dist/*', './schemas/*', './package.json'],
  ],
  ['imagepipeline-temporal-worker', ['.', './activities', './testing', './package.json']],
];

interface Findings {
  readonly messages: readonly unknown[];
  readonly types: { readonly kind: string };
  readonly problems: readonly { readonly kind: string; readonly resolutionKind?: string }[];
  readonly entrypoints: readonly string[];
}

let packed: Readonly<Record<PackageName, Packed>>;
/** A project with both packages. */
let folder: string;

beforeAll(() => {
  packed = packBoth();
  folder = install(packed['imagepipeline-temporal'], packed['imagepipeline-temporal-worker']);
  for (const name of ['@types/node', 'undici-types']) link(folder, name);
});

test.each(ENTRIES)('publint and "are the types wrong" find nothing in %s', (name, entries) => {
  const script = path.join(__dirname, 'check-types.mjs');
  const findings = JSON.parse(
    execFileSync(process.execPath, [script, packed[name].tarball], { encoding: 'utf8', maxBuffer: 1 << 26 }),
  ) as Findings;
  expect(findings.types.kind).toBe('included');
  expect([...findings.entrypoints].sort()).toEqual([...entries].sort());
  expect(findings.messages).toEqual([]);
  // "node10" knows no exports at all, and TypeScript 7 no longer knows it.
  expect(findings.problems.filter(({ resolutionKind }) => resolutionKind !== 'node10')).toEqual([]);
});

const USES = `
import { type BatchHandle, type BatchRow, ImagePipelineClient, ImagePipelineError, type RequestOf, TASK_QUEUE } from 'imagepipeline-temporal';
import { createActivities, openStore } from 'imagepipeline-temporal-worker/activities';
import { startTestEmulator } from 'imagepipeline-temporal-worker/testing';
import { ImagePipelinePlugin, startWorker } from 'imagepipeline-temporal-worker';
import { executeImage, imagePipelineItem, type ItemReport } from 'imagepipeline-temporal/workflows';

export const used = [ImagePipelineClient, ImagePipelineError, createActivities, openStore, startTestEmulator, startWorker];
export const queue: string = TASK_QUEUE;
export const plugin = (settings: ConstructorParameters<typeof ImagePipelinePlugin>[0]) => new ImagePipelinePlugin(settings);
export const child = (): Promise<ItemReport> => executeImage({ id: 'a', request: { prompt: 'b' } });
export const report = (): Promise<ItemReport> => imagePipelineItem({ request: { prompt: 'b' } });
export const rows = async function* (): AsyncGenerator<BatchRow> {
  yield { key: 'a', prompt: 'b', width: 64, sku: 7 };
};
export const batch = (client: ImagePipelineClient): Promise<BatchHandle> =>
  client.startBatch({ id: 'a', rows: rows(), budget: { submissions: 5 }, prices: { 'generate/image': 0.01 }, maxFailures: 3 });
export const redrive = (batch: BatchHandle) => batch.redrive({ outcomes: ['failed'], keys: ['a'], rows: rows() });
export const outcomes = async (batch: BatchHandle): Promise<readonly string[]> => {
  const all: string[] = [];
  for await (const { key, outcome, values } of batch.results({ follow: true })) all.push([key, outcome, values?.['sku']].join(' '));
  return all;
};
export const upscale: RequestOf<'upscale/image'> = { input_image: 'https://example.com/a.png', scale: 2 };
export const item = (client: ImagePipelineClient) =>
  client.startItem({ id: 'a', operation: 'generate/speech', request: { text: 'hello', language_id: 'de' } });
// @ts-expect-error a field of another operation
export const otherField = (client: ImagePipelineClient) => client.startItem({ operation: 'upscale/image', request: { text: 'a' } });
// @ts-expect-error a required field is missing
export const noText = (client: ImagePipelineClient) => client.startItem({ operation: 'generate/speech', request: {} });
// @ts-expect-error one of the choices
export const gif = (client: ImagePipelineClient) => client.startImage({ request: { prompt: 'a', output_format: 'gif' } });
// @ts-expect-error an item that runs is not run again
export const wrong = (batch: BatchHandle) => batch.redrive({ outcomes: ['running'] });
// @ts-expect-error an image needs an id
export const nameless = () => executeImage({ request: { prompt: 'b' } });
// @ts-expect-error an operation is one of those that there are
export const unknown = () => executeImage({ id: 'a', operation: 'generate/soup', request: {} });
`;

const README_EXAMPLE = /ImagePipelineClient\.connect/;

test.each(['nodenext', 'bundler'])(
  'a strict project of both kinds compiles with module resolution %s',
  (resolution) => {
    const files = {
      'uses.cts': USES,
      'uses.mts': USES,
      'batch.mts': codeBlock('docs/library.md', 'batch.ts'),
      'given-client.mts': codeBlock('docs/library.md', 'given-client.ts'),
      'readme.mts': codeBlock('README.md', README_EXAMPLE),
      'worker.mts': codeBlock('docs/library.md', 'worker.ts'),
      'workflows.mts': codeBlock('docs/library.md', 'workflows.ts'),
      'emulator.mts': codeBlock('docs/library.md', 'emulator.ts'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const compilerOptions = {
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
      ...{ target: 'es2022', lib: ['es2022'], types: ['node'], noEmit: true, moduleResolution: resolution },
      module: resolution === 'bundler' ? 'preserve' : 'nodenext',
    };
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: Object.keys(files), include: [] }),
    );
    const tsc = path.join(ROOT, 'node_modules', '.bin', 'tsc');
    expect(readOutput(() => execFileSync(tsc, ['-p', folder], { encoding: 'utf8', cwd: folder }))).toBe('');
  },
);

/** What a command says, whether it succeeds or not. */
function readOutput(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return (error as { stdout?: string }).stdout || String(error);
  }
}
