/** Columns of somebody's own file come back beside the results, and are nowhere in Temporal. */
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

test('no history has them', async () => {
  const { workflow } = rig.client.temporal;
  const ids = new Set<string>();
  for await (const { workflowId } of workflow.list()) ids.add(workflowId);
  expect([...ids]).toEqual(expect.arrayContaining(['shop']));
  for (const id of ids) {
    const history = JSON.stringify(await workflow.getHandle(id).fetchHistory(), (_name, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    expect(history).not.toMatch(/Shoe|old\.png/);
  }
});
