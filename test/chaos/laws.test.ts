/** Every law of the chaos suite catches what breaks it, and holds where nothing does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import type { Evidence } from '../../bench/chaos/evidence';
import { textOfHistory } from '../../bench/chaos/history-text';
import { LAWS, violations } from '../../bench/chaos/laws';
import { filesLeft, listening, processesMarked } from '../../bench/chaos/left-behind';
import { tempFolder } from '../support/temp-folder';
import { hashOf, job, line, postOf, running, soundEvidence, status, unknownLine } from './sound-evidence';

const { ledger, lines, plan, files } = soundEvidence();

test('a sound run breaks no law', () => {
  expect(violations(soundEvidence())).toEqual([]);
});

function withLine(item: number, changed: Evidence['lines'][number]): Partial<Evidence> {
  return { lines: lines.map((one, index) => (index === item ? changed : one)) };
}

interface Planted {
  readonly law: string;
  readonly what: string;
  readonly changes: Partial<Evidence>;
  readonly words: RegExp;
}

const FAILED = { outcome: 'failed', file: null, sha256: null, jobId: null } as const;
const REFUSED_AT_ONCE = [50, 9_000, 9_001].map((at) => ({ at, code: 'CONCURRENT_JOBS_EXCEEDED' }));
const FEW_JOBS = { jobs: ledger.jobs.slice(0, 3), posts: ledger.posts.slice(0, 3) };
const LIE = { item: 0, trouble: 'job fails: CONCURRENT_JOBS_EXCEEDED', times: 1 } as const;
const LIED_TO = { ...plan, troubles: [LIE] };
const HELD = { code: 'INSUFFICIENT_CREDITS', since: '', remedy: '' };

const PLANTED: readonly Planted[] = [
  {
    law: 'unknown is told',
    what: 'an accepted job that is hidden behind a failure',
    changes: withLine(3, line(3, { ...FAILED, code: 'INTERNAL_ERROR', submissions: [] })),
    words: /k0003: 1 accepted jobs are named nowhere/,
  },
  {
    law: 'unknown is told',
    what: 'an unknown outcome of a submission whose answer was sent whole',
    changes: { ...withLine(1, unknownLine(1)), struck: [] },
    words: /k0001: is reported unknown, though/,
  },
  {
    law: 'unknown is told',
    what: 'a second job beside the one that is named',
    changes: {
      ledger: { ...ledger, jobs: [...ledger.jobs, job(0, { jobId: 'job_9', charged: false, status: 'failed' })] },
    },
    words: /k0000: 1 accepted jobs are named nowhere/,
  },
  {
    law: 'nothing is paid twice',
    what: 'two charged jobs of one key',
    changes: { ledger: { ...ledger, jobs: [...ledger.jobs, job(0, { jobId: 'job_9' })] } },
    words: /k0000: 2 jobs are charged, 1 may be/,
  },
  {
    law: 'nothing is paid twice',
    what: 'a POST after one whose answer was lost',
    changes: { ledger: { ...ledger, posts: [...ledger.posts, postOf(3, { jobId: null, status: 429, named: false })] } },
    words: /k0003: was sent again 1 times/,
  },
  {
    law: 'what is paid is stored',
    what: 'other bytes than the provider made',
    changes: withLine(1, line(1, { sha256: hashOf(2) })),
    words: /k0001: its result has the hash/,
  },
  {
    law: 'what is paid is stored',
    what: 'a file that is gone',
    changes: { files: new Map([...files].slice(1)) },
    words: /k0000: the file \/store\/0.png has not the hash/,
  },
  {
    law: 'what is paid is stored',
    what: 'a success without a job that completed',
    changes: { ledger: { ...ledger, jobs: [job(0, { charged: false }), ...ledger.jobs.slice(1)] } },
    words: /k0000: succeeded by job_0, which did not complete/,
  },
  {
    law: 'what is paid is stored',
    what: 'a paid job whose item ends without a word',
    changes: withLine(1, line(1, { ...FAILED })),
    words: /k0001: failed without a code/,
  },
  {
    law: 'counts add up',
    what: 'an item that is counted nowhere',
    changes: { observed: [running({ waiting: 3 }), status()] },
    words: /look 0: counts 3 of 4, not 4/,
  },
  {
    law: 'counts add up',
    what: 'failures that nobody failed of',
    changes: { observed: [status({ failures: { TIMEOUT: 1 } })] },
    words: /look 0: 1 failures by code, 0 failed/,
  },
  {
    law: 'counts add up',
    what: 'a key that is not listed',
    changes: { lines: lines.slice(1) },
    words: /do not list every key once: 3 lines/,
  },
  {
    law: 'batches end',
    what: 'a batch that stands still and says nothing',
    changes: { observed: [running({ waiting: 4 })], pending: ['s1: 9 events, no turn waits'] },
    words: /neither ended nor says what it waits for: .*; s1: 9 events, no turn waits/,
  },
  {
    law: 'batches end',
    what: 'a batch that waits for what is over',
    changes: { observed: [{ ...running({ waiting: 4 }), hold: HELD }], ended: ['INSUFFICIENT_CREDITS'] },
    words: /waits for INSUFFICIENT_CREDITS, which is over/,
  },
  {
    law: 'limits are kept',
    what: 'two jobs in flight where one may be',
    changes: { ledger: { ...ledger, jobs: [job(0), job(1, { acceptedAt: 50 }), ...ledger.jobs.slice(2)] } },
    words: /2 jobs were in flight at once, 1 were allowed/,
  },
  {
    law: 'limits are kept',
    what: 'two submissions at once above a limit that was found',
    changes: {
      ledger: { ...ledger, ...FEW_JOBS, refusals: REFUSED_AT_ONCE },
      lines: lines.slice(0, 3),
    },
    words: /2 submissions at once were above the limit of 2/,
  },
  {
    law: 'limits are kept',
    what: 'six submissions at once above a limit of which the account was told that it is lower',
    changes: {
      plan: LIED_TO,
      ledger: { ...ledger, ...FEW_JOBS, refusals: [...REFUSED_AT_ONCE, ...REFUSED_AT_ONCE, ...REFUSED_AT_ONCE] },
      lines: lines.slice(0, 3),
    },
    words: /6 submissions at once were above the limit of 2/,
  },
  {
    law: 'secrets stay secret',
    what: 'a key in a log',
    changes: { texts: [{ where: 'log of the worker', text: 'request with ip_live_test failed' }] },
    words: /log of the worker: has the API key/,
  },
  {
    law: 'secrets stay secret',
    what: 'a key in the payload of a history',
    changes: {
      texts: [{ where: 'history of s1', text: textOfHistory({ events: [{ data: Buffer.from('ip_live_test') }] }) }],
    },
    words: /history of s1: has the API key/,
  },
  {
    law: 'histories replay',
    what: 'a history that no worker can take over',
    changes: { unreplayable: ['s1: No command scheduled'] },
    words: /no worker can take over s1: No command scheduled/,
  },
  {
    law: 'services live',
    what: 'a worker that ended by itself',
    changes: { deaths: ['worker ended with 1: TransportError'] },
    words: /nobody told it to: worker ended with 1: TransportError/,
  },
  {
    law: 'nothing is left',
    what: 'a process, a port and a file',
    changes: { left: { processes: ['17 (node)'], ports: ['4711'], files: ['/store/x.part'] } },
    words: /the process 17 \(node\) still runs/,
  },
];

test.each(PLANTED)('$law: $what', ({ law, changes, words }) => {
  const found = violations(soundEvidence(changes));
  expect(found.filter((one) => one.startsWith(law)).join('\n')).toMatch(words);
});

test('every law has a violation that was planted', () => {
  expect(new Set(PLANTED.map(({ law }) => law))).toEqual(new Set(Object.keys(LAWS)));
});

test('a batch that names what it waits for has not failed to end', () => {
  const held = { ...running({ waiting: 4 }), hold: HELD };
  expect(violations(soundEvidence({ observed: [held] }))).toEqual([]);
});

test("a job that only a callback told of took nobody else's place", () => {
  const late = { jobs: [job(0), job(1, { acceptedAt: 50 }), ...ledger.jobs.slice(2)] };
  const [first, second, ...others] = ledger.posts;
  const posts = [first, second && { ...second, named: false }, ...others].flatMap((post) => post ?? []);
  const found = violations(soundEvidence({ ledger: { ...ledger, ...late, posts } }));
  expect(found.filter((one) => one.startsWith('limits are kept'))).toEqual([]);
});

test('an account that was told of a lower limit climbs back in steps of more than one', () => {
  const refused = { ...ledger, ...FEW_JOBS, refusals: [...REFUSED_AT_ONCE, ...REFUSED_AT_ONCE] };
  const found = violations(soundEvidence({ plan: LIED_TO, ledger: refused, lines: lines.slice(0, 3) }));
  expect(found.filter((one) => one.startsWith('limits are kept'))).toEqual([]);
});

test('what a worker staged that was given up and killed later goes after a day; of others it must not be left', () => {
  const left = { processes: [], ports: [], files: ['/store/.incoming/a.part'] };
  const given = 'freeze the worker until it is given up';
  expect(violations(soundEvidence({ left, struck: [given, 'kill the worker'] }))).toEqual([]);
  expect(violations(soundEvidence({ left, struck: ['kill the worker', given] }))).toHaveLength(1);
});

test('what was allowed to be paid again is no violation', () => {
  const twice = { ...ledger, jobs: [...ledger.jobs, job(0, { jobId: 'job_9', acceptedAt: 900, endedAt: 950 })] };
  const found = violations(soundEvidence({ ledger: twice, allowedAgain: new Map([['k0000', 1]]) }));
  expect(found.filter((one) => one.startsWith('nothing is paid twice'))).toEqual([]);
});

test('a worker that was killed explains an unknown outcome', () => {
  const changes = { ...withLine(1, line(1, { ...unknownLine(1) })), struck: ['kill the worker'] as const };
  expect(violations(soundEvidence({ ...changes, plan })).filter((one) => one.includes('is reported unknown'))).toEqual(
    [],
  );
});

test('a process that was left is found by its mark', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], {
    env: { CHAOS_MARK: 'mark-of-this-test' },
  });
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  expect(processesMarked('mark-of-this-test').join()).toMatch(new RegExp(`^${child.pid} `));
  child.kill('SIGKILL');
  await ended;
  expect(processesMarked('mark-of-this-test')).toEqual([]);
});

test('a port that is still listened on is found', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await listening([port])).toEqual([String(port)]);
  server.close();
  await once(server, 'close');
  expect(await listening([port])).toEqual([]);
});

test('temporary and half-written files are found', () => {
  const folder = tempFolder();
  const [store, temporary] = [path.join(folder, 'store'), path.join(folder, 'tmp')];
  for (const made of [path.join(store, 'batches'), temporary]) mkdirSync(made, { recursive: true });
  expect(filesLeft([temporary], store)).toEqual([]);
  const left = [path.join(temporary, 'spool'), path.join(store, 'batches', 'x.jsonl.part')];
  for (const file of left) writeFileSync(file, '');
  expect(filesLeft([temporary], store)).toEqual(left);
});
