/** Two processes start, or run again, the same id at the same time: one does, and the other is told what has happened. */
import { BatchCli } from '../cli/batch-cli';
import type { Finished } from '../cli/cli-process';
import { type Rig, startRig } from '../support/rig';
import { type Racer, startRacer } from './racers';

const RACES = 20;
const KEYS = ['a', 'b', 'c'];

let rig: Rig;
let batchCli: BatchCli;
let racers: readonly Racer[];

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
  racers = await Promise.all([startRacer(), startRacer()]);
});

afterAll(() => rig.close());

/** What each racer is told, at the same time. */
function race(...argvs: readonly (readonly string[])[]): Promise<readonly Finished[]> {
  const env = { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store };
  return Promise.all(racers.map((racer, index) => racer.run({ argv: argvs[index] ?? [], cwd: batchCli.folder, env })));
}

function start(file: string, id: string): readonly string[] {
  return ['batch', file, '--id', id, '--detach'];
}

/** What the provider accepted for the keys, by its prompts. */
function listPrompts(id: string): readonly string[] {
  return KEYS.flatMap((key) => batchCli.jobs(id, key).map(({ prompt }) => prompt));
}

const numbers = Array.from({ length: RACES }, (_, number) => number);

test('with other rows: one takes the id, the other gets the rows that differ, and only the winner’s are made', async () => {
  const winners = new Map<string, string>();
  for (const number of numbers) {
    const id = `other-${number}`;
    const files = ['apples', 'pears'].map((fruit) => {
      const rows = { ...Object.fromEntries(KEYS.map((key) => [key, fruit])), [fruit]: 'own' };
      return batchCli.writeRows(id, rows, `${id}-${fruit}.csv`);
    });
    const ends = await race(...files.map((file) => start(file, id)));
    expect(ends.map(({ code }) => code).sort()).toEqual([0, 2]);
    const winner = ends.findIndex(({ code }) => code === 0);
    const [mine = '', others = ''] = winner === 0 ? ['apples', 'pears'] : ['pears', 'apples'];
    winners.set(id, mine);
    const { stderr } = ends[1 - winner] ?? { stderr: '' };
    expect(stderr).toContain('3 rows have another request (a, b, c)');
    expect(stderr).toContain(`1 row is gone (${mine}), 1 row is new (${others})`);
    expect(stderr).toContain('nothing was started');
  }
  for (const [id, mine] of winners) {
    expect((await rig.client.batch(id).result()).counts).toMatchObject({ succeeded: 4, total: 4 });
    expect(listPrompts(id)).toHaveLength(3);
    for (const prompt of listPrompts(id)) expect(prompt).toContain(mine);
    expect((await batchCli.lines(id)).map(({ key }) => key).sort()).toEqual([...KEYS, mine].sort());
  }
  // Else one process was always faster, and this was no race.
  expect(new Set(winners.values()).size).toBe(2);
});

test('with the same rows: both find the same batch, and each row is paid once', async () => {
  for (const number of numbers) {
    const id = `same-${number}`;
    const file = batchCli.writeRows(id, Object.fromEntries(KEYS.map((key) => [key, ''])));
    const ends = await race(start(file, id), start(file, id));
    expect(ends).toMatchObject([{ code: 0 }, { code: 0 }]);
  }
  for (const id of numbers.map((number) => `same-${number}`)) {
    expect((await rig.client.batch(id).result()).counts).toMatchObject({ succeeded: 3, total: 3 });
    expect(listPrompts(id)).toHaveLength(3);
  }
});

test('two redrives of other rows at once: each that reports success has run its own rows, and one that was late is reported and has run none', async () => {
  const selections = [['a'], ['b', 'c']];
  const files = selections.map((keys) => batchCli.write(`${keys.join('-')}.txt`, keys.join('\n')));
  const rows = Object.fromEntries(KEYS.map((key) => [key, '{{INPUT_INVALID x1}}']));
  const ids = numbers.map((number) => `again-${number}`);
  for (const id of ids) await batchCli.run(...start(batchCli.writeRows(id, rows), id));
  const races = new Map<string, readonly Finished[]>();
  for (const id of ids) {
    await rig.client.batch(id).result();
    races.set(id, await race(...files.map((file) => ['redrive', id, '--keys', file, '--detach'])));
  }
  let late = 0;
  for (const [id, ends] of races) {
    await rig.client.batch(id).result();
    for (const [index, { code, stderr }] of ends.entries()) {
      const hasRun = code === 0;
      if (!hasRun)
        expect(stderr).toMatch(
          /another process has just rerun it, or begun to delete it; nothing was started|it is running/,
        );
      if (!hasRun) late += 1;
      const jobs = selections[index]?.map((key) => batchCli.jobs(id, key).length);
      expect({ id, index, jobs }).toEqual({ id, index, jobs: selections[index]?.map(() => (hasRun ? 2 : 1)) });
    }
    const lines = await batchCli.lines(id);
    expect(lines.map(({ submissions }) => submissions.length)).toEqual(
      KEYS.map((key) => batchCli.jobs(id, key).length),
    );
  }
  expect(late).toBeGreaterThan(0);
});
