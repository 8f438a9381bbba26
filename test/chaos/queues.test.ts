/** Which stack runs which seed, and what a run says that it has done. */
import { killsServer, makePlan } from '../../bench/chaos/plan';
import { groupPlans, longest } from '../../bench/chaos/queues';
import { doneByProvider, tallyLines } from '../../bench/chaos/tally';
import { job, soundEvidence } from './sound-evidence';

const PLANS = Array.from({ length: 200 }, (_, seed) => makePlan(seed, 50));

test('every seed is in one queue, and a server that forgets everything is killed by none', () => {
  const queues = groupPlans(PLANS);
  expect(queues.flatMap(({ plans }) => plans).sort((one, other) => one.seed - other.seed)).toEqual(PLANS);
  const forgetful = queues.filter(({ kind }) => !kind.isLasting).flatMap(({ plans }) => plans);
  expect(forgetful.filter(killsServer)).toEqual([]);
  expect(queues.filter(({ plans }) => plans.length === 0)).toEqual([]);
});

test('a free lane goes where most is left for each', () => {
  const [one, two] = groupPlans(PLANS).filter(({ kind }) => !kind.isLasting);
  if (!one || !two) throw new Error('there are two such queues');
  expect(longest([{ ...one, lanes: 3 }, two])).toBe(two);
  expect(longest([one, { ...two, plans: [] }])).toBe(one);
});

test('a run says how often each trouble was planned, done and struck, and which was not', () => {
  const [plan] = PLANS.filter(
    ({ troubles, scene, singles }) =>
      scene === 'none' && singles.length === 0 && troubles.some(({ times }) => times === 2),
  );
  if (plan === undefined) throw new Error('there is such a seed');
  const { ledger } = soundEvidence();
  const provider = doneByProvider({
    faults: { 'submit:garbage': 2 },
    refused: { SCRIPTED: 1 },
    jobs: [...ledger.jobs, job(0, { code: 'TIMEOUT' })],
  });
  const report = { plan, ms: 1, violations: [], outcomes: {}, singles: { unknown: 2 }, waits: null, isBroken: false };
  const lines = tallyLines([{ ...report, struck: ['kill the server'], taken: ['redrive'], provider }]);
  const counted = plan.troubles.reduce((sum, { times }) => sum + times, 0);
  const planned = lines.slice(1, lines.indexOf('done by the provider:')).map((line) => Number.parseInt(line, 10));
  expect(planned.reduce((sum, count) => sum + count, 0)).toBe(counted);
  const words = lines.map((line) => line.trim());
  for (const line of ['2 submit:garbage', '1 refused:SCRIPTED', '1 job:TIMEOUT']) expect(words).toContain(line);
  const done = ['1 kill the server', '0 fill the disk', '1 redrive', '1 none', '0 two starters', '2 unknown'];
  for (const line of done) expect(words).toContain(line);
});
