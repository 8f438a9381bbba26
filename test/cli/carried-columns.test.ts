/** Columns of somebody's own file, and variables of a recipe, come back beside the results, and are nowhere in Temporal. */
import { readDocuments } from '../docs/documents';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
});
afterAll(() => rig.close());

const FILE = [
  'sku;Prompt;width;height;Title;file',
  's1;a shoe;32;32;"Shoe, ""red""";old.png',
  's2;a hat {{INPUT_INVALID x1}};32;32;;',
  '',
].join('\n');

const fetchValues = async (id: string) =>
  (await batchCli.lines(id)).map((line) => [line.key, line.outcome, (line as { values?: unknown }).values]);

test('a file of a shop becomes a batch, and its columns come back in results', async () => {
  const args = ['--map', 'key=sku', '--carry', 'Title'];
  const { stderr } = await batchCli.toEnd('batch', 'shop', batchCli.write('shop.csv', FILE), ...args);
  expect(stderr).toContain(
    'warning: line 1, key "s1": header has columns that are not fields: file; they are not sent',
  );
  expect(await fetchValues('shop')).toEqual([
    ['s1', 'succeeded', { Title: 'Shoe, "red"', file: 'old.png' }],
    ['s2', 'failed', { Title: '', file: '' }],
  ]);
  const { stdout } = await batchCli.run('results', 'shop', '--format', 'csv');
  const [heading = '', first = ''] = stdout.split('\n');
  expect(heading).toMatch(/,submissions,files,Title,values\.file$/);
  expect(first).toMatch(/^s1,succeeded,.*,1,result=[^,]+\.webp,"Shoe, ""red""",old\.png$/);
});

test('a redrive keeps them', async () => {
  await batchCli.toEnd('redrive', 'shop');
  expect(await fetchValues('shop')).toEqual([
    ['s1', 'succeeded', { Title: 'Shoe, "red"', file: 'old.png' }],
    ['s2', 'succeeded', { Title: '', file: '' }],
  ]);
});

test('the example of the page about recipes: plan shows it, a batch runs it, and a redrive repeats it', async () => {
  const blocks = readDocuments().find(({ file }) => file === 'docs/recipes.md')?.blocks ?? [];
  const block = (language: string) => blocks.find((one) => one.language === language)?.code ?? '';
  const recipe = batchCli.write('product-shot.yaml', block('yaml').replaceAll('512', '32'));
  const rows = batchCli.write('products.csv', block('csv').replace('Berlin', '{{MODEL_ERROR}}'));
  const planned = await batchCli.run('plan', rows, '--recipe', recipe);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(planned.stdout).toContain(
    [
      'recipe: 5 combinations, 10 items',
      '  shoe-red-1: generate/image {"prompt":"studio photo of a leather shoe in red","seed":1,"width":32,"height":32}',
    ].join('\n'),
  );
  expect(planned.stdout).toContain('longest file name: shoe-navy-1 (11 characters)\n');
  const { status } = await batchCli.toEnd('batch', 'shots', rows, '--recipe', recipe);
  expect(status.counts).toMatchObject({ succeeded: 10 });
  const values = new Map(
    (await batchCli.lines('shots')).map((line) => [line.key, (line as { values?: unknown }).values]),
  );
  expect(values.size).toBe(10);
  expect(values.get('shoe-navy-2')).toEqual({
    product: 'a leather shoe',
    shop: '{{MODEL_ERROR}}',
    colour: 'navy',
    seed: 2,
  });
  const prompts = rig.emulator.ledger().jobs.filter(({ prompt }) => prompt.startsWith('studio photo'));
  expect(prompts.filter(({ prompt }) => prompt === 'studio photo of a straw hat in red')).toHaveLength(3);
  const again = await batchCli.toEnd('redrive', 'shots', '--input', rows, '--recipe', recipe, '--outcome', 'failed');
  expect(again.stderr).toContain('no item of shots to rerun');
});

test('a matrix needs no rows', async () => {
  const recipe = batchCli.write(
    'sweep.yaml',
    'matrix: { seed: [1, 2] }\nsteps: [{ operation: generate/image, fields: { prompt: "a {{thing}}", width: 32, height: 32, seed: "{{seed}}" } }]\n',
  );
  const { status } = await batchCli.toEnd('batch', 'sweep', '--recipe', recipe, '--set', 'thing=kite');
  expect(status.counts).toMatchObject({ succeeded: 2 });
  expect((await fetchValues('sweep')).sort()).toEqual([
    ['1', 'succeeded', { seed: 1, thing: 'kite' }],
    ['2', 'succeeded', { seed: 2, thing: 'kite' }],
  ]);
  const refused = await batchCli.run('batch', '--id', 'nothing');
  expect(refused).toMatchObject({ code: 2, stderr: 'a file of rows is missing; must be given, or --recipe\n' });
});

test('no history has them', async () => {
  const { workflow } = rig.client.temporal;
  const ids = new Set<string>();
  for await (const { workflowId } of workflow.list()) ids.add(workflowId);
  expect([...ids]).toEqual(expect.arrayContaining(['shop', 'shots']));
  for (const id of ids) {
    const history = JSON.stringify(await workflow.getHandle(id).fetchHistory(), (_name, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    expect(history).not.toMatch(/Shoe|old\.png|leather|kite/);
  }
});
