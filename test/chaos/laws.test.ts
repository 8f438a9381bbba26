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
import type { LedgerEntry } from '../../emulator';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { tempFolder } from '../support/temp-folder';
import { addressOf, COUNTED, recipeEvidence, stepJob, stepReport, stepsStatus, withSteps } from './recipe-evidence';
import {
  CONTENT,
  hashItem,
  ITEMS,
  job,
  line,
  makePost,
  PLAN,
  running,
  SINGLE,
  single,
  singleJob,
  singleReport,
  soundEvidence,
  status,
  UPLOADED,
  unknownLine,
  upload,
  withPicture,
} from './sound-evidence';

const { ledger, lines, files } = soundEvidence();

test('a sound run breaks no law', () => {
  expect(violations(soundEvidence())).toEqual([]);
  expect(violations(recipeEvidence())).toEqual([]);
});

function withLine(item: number, changed: Evidence['lines'][number]): Partial<Evidence> {
  return { lines: lines.map((one, index) => (index === item ? changed : one)) };
}

/** What a worker says that has recorded these uploads. */
function logOf(...contents: readonly string[]): Evidence['texts'][number] {
  const lines = contents.map(
    (content) => `2026-01-01T00:00:00.000Z INFO input uploaded {"input":"inputs/${content}.png"}`,
  );
  return { where: 'log of the worker', text: lines.join('\n') };
}

interface Violation {
  readonly law: string;
  readonly what: string;
  readonly changes: Partial<Evidence>;
  readonly words: RegExp;
}

const FAILED = { outcome: 'failed', file: null, sha256: null, jobId: null } as const;
const REFUSED_AT_ONCE = [50, 9_000, 9_001].map((at) => ({ at, code: 'CONCURRENT_JOBS_EXCEEDED' }));
const FEW_JOBS = { jobs: ledger.jobs.slice(0, 3), posts: ledger.posts.slice(0, 3) };
const LIE = { item: 0, trouble: 'job fails: CONCURRENT_JOBS_EXCEEDED', times: 1 } as const;
const LIED_TO = { ...PLAN, troubles: [LIE] };
const FORBIDDEN = { ...PLAN, scene: 'always 403' } as const;
const HOSTILE = { ...PLAN, names: { ...PLAN.names, keys: ['constructor'], areHostile: true } };
const UNREAD = { code: 'RESPONSE_INVALID', outcome: 'failed', file: null, sha256: null } as const;
const UNSENT = { outcome: 'failed', result: null, jobId: null, submissions: [] } as const;
const HELD = { code: 'INSUFFICIENT_CREDITS', since: '', until: null, cause: null, remedy: '' };

const BASE_FILE = '/store/0~base.result.png';
const UNFINISHED = stepReport(0, 'edited', { outcome: 'failed', files: [] });

/** These jobs beside, or instead of, those of a run of items of two steps. */
function withJobs(...changed: readonly LedgerEntry[]): Evidence {
  const { ledger: books } = recipeEvidence();
  const ids = new Set(changed.map(({ jobId }) => jobId));
  const jobs = [...books.jobs.filter(({ jobId }) => !ids.has(jobId)), ...changed];
  return recipeEvidence({ ledger: { ...books, jobs } });
}

const VIOLATIONS: readonly Violation[] = [
  {
    law: 'unknown is reported',
    what: 'an accepted job that is hidden behind a failure',
    changes: withLine(3, line(3, { ...FAILED, code: 'INTERNAL_ERROR', submissions: [] })),
    words: /k0003: 1 accepted jobs are named nowhere/,
  },
  {
    law: 'unknown is reported',
    what: 'an unknown outcome of a submission whose answer was sent whole',
    changes: { ...withLine(1, unknownLine(1)), struck: [] },
    words: /k0001: is reported unknown, but/,
  },
  {
    law: 'an accepted job is known',
    what: 'an answer that came to a worker which was cut off, and is in no report',
    changes: { ...withLine(1, unknownLine(1)), struck: ['cut the worker off'] },
    words: /k0001: the answer named the job job_1, but no report does/,
  },
  {
    law: 'unknown is reported',
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
    changes: {
      ledger: { ...ledger, posts: [...ledger.posts, makePost(3, { jobId: null, status: 429, named: false })] },
    },
    words: /k0003: was sent again 1 times/,
  },
  {
    law: 'nothing is paid twice',
    what: 'a single item with two charged jobs and one submission',
    changes: { ledger: { ...ledger, jobs: [...ledger.jobs, singleJob({ jobId: 'job_9' })] } },
    words: /one\/o1: 2 jobs are charged, 1 may be/,
  },
  {
    law: 'nothing is paid twice',
    what: 'a second payment of a single item beside one that the batch counts',
    changes: {
      ledger: { ...ledger, jobs: [...ledger.jobs, singleJob({ jobId: 'job_9' })] },
      observed: [status({ possibleDuplicates: 1 })],
    },
    words: /one\/o1: 2 jobs are charged, 1 may be/,
  },
  {
    law: 'nothing is paid twice',
    what: 'more second payments than the batch counts',
    changes: {
      ledger: { ...ledger, jobs: [...ledger.jobs, ...[0, 1].map((item) => job(item, { jobId: `job_9${item}` }))] },
      observed: [status({ possibleDuplicates: 1 })],
    },
    words: /k0000: 2 jobs are charged, 1 may be \(1 possible duplicates are counted in all\)/,
  },
  {
    law: 'nothing is paid twice',
    what: 'a POST after a 503 in the words of a proxy',
    changes: {
      ledger: {
        ...ledger,
        posts: [makePost(1, { jobId: null, status: 503, named: false }), ...ledger.posts],
      },
    },
    words: /k0001: was sent again 1 times/,
  },
  ...[504, 524].map((status) => ({
    law: 'nothing is paid twice',
    what: `a POST after a ${status}, whatever its words`,
    changes: {
      ledger: {
        ...ledger,
        posts: [makePost(1, { jobId: null, status, named: false, isProviderError: true }), ...ledger.posts],
      },
    },
    words: /k0001: was sent again 1 times/,
  })),
  {
    law: 'unknown is reported',
    what: 'a job of a single item that no report names',
    changes: { singles: [single({ reports: [singleReport(UNSENT)] })] },
    words: /one\/o1: 1 accepted jobs are named nowhere/,
  },
  {
    law: 'batches end',
    what: 'a single item that does not end',
    changes: { singles: [single({ isOpen: true })] },
    words: /the single item o1 does not end/,
  },
  {
    law: 'batches end',
    what: 'a single item that cannot be started',
    changes: { singles: [single({ reports: [], refused: 'ServiceError: no' })] },
    words: /the single item o1 cannot be started: ServiceError: no/,
  },
  {
    law: 'batches end',
    what: 'a page that goes on without its batch',
    changes: { openPages: ['s1/page-000000'] },
    words: /the page s1\/page-000000 still runs, but its batch has ended/,
  },
  {
    law: 'batches end',
    what: 'a redrive that is refused although the batch has ended',
    changes: { refusedRedrives: ['it is running'] },
    words: /a redrive is refused: it is running/,
  },
  {
    law: 'an id is one content',
    what: 'rows of the one who was told that the id is taken',
    changes: {
      starts: [
        { rows: 'own', exit: 2, said: '' },
        { rows: 'rival', exit: 0, said: '' },
      ],
    },
    words: /the start of the own rows ended with 2, and they are made/,
  },
  {
    law: 'an id is one content',
    what: 'two starts with different rows that are both taken',
    changes: {
      starts: [
        { rows: 'own', exit: 0, said: '' },
        { rows: 'rival', exit: 0, said: '' },
      ],
    },
    words: /were both accepted/,
  },
  {
    law: 'what is known stays known',
    what: 'a job that an earlier report had named',
    changes: { named: new Map([['k0001', new Set(['job_1', 'job_7'])]]) },
    words: /k0001: the job job_7 was known, but no longer is/,
  },
  {
    law: 'what is paid is read',
    what: 'a paid job that was given up by one answer',
    changes: withLine(1, line(1, UNREAD)),
    words: /k0001: ends failed by RESPONSE_INVALID, though its job is paid and was read for 95 of 10000 ms/,
  },
  {
    law: 'what is paid is read',
    what: 'a paid job that a redrive has not fetched',
    changes: {
      ...withLine(1, line(1, { ...UNREAD, code: 'JOB_OVERDUE', outcome: 'unknown' })),
      redrivenAt: PLAN.skewMs + 1_000_000,
    },
    words: /k0001: is unknown by JOB_OVERDUE after a redrive that began when its job job_1 was paid/,
  },
  {
    law: 'one row never blocks others',
    what: 'items that wait beside the row',
    changes: { plan: FORBIDDEN, observed: [{ ...running({ waiting: 3, succeeded: 1 }), hold: HELD }] },
    words: /3 items wait beside one row that is refused/,
  },
  {
    law: 'names do not matter',
    what: 'a workflow that cannot go on',
    changes: { plan: HOSTILE, pending: ['~account/s1: 40 events, its workflow task waits, attempt 8'] },
    words: /a workflow cannot continue: ~account\/s1/,
  },
  {
    law: 'names do not matter',
    what: 'a name that the store does not take',
    changes: {
      plan: HOSTILE,
      ...withLine(0, line(0, { ...UNREAD, key: 'constructor', code: 'STORE_UNAVAILABLE', message: 'ENAMETOOLONG' })),
    },
    words: /constructor cannot be stored: ENAMETOOLONG/,
  },
  {
    law: 'names do not matter',
    what: 'a single item that is refused for its name',
    changes: { plan: HOSTILE, singles: [single({ refused: 'id is "o1"' })] },
    words: /o1 was refused: id is "o1"/,
  },
  {
    law: 'a holder that cannot begin blocks no other',
    what: 'a batch and a single item that wait beside it',
    changes: {
      stuck: { exit: 0, wasThere: true },
      observed: [{ ...running({ waiting: 4 }), hold: HELD }],
      singles: [single({ isOpen: true })],
    },
    words: /the batch does not end beside.*\n.*the single item o1 does not end beside/,
  },
  {
    law: 'cancel ends',
    what: 'a cancelled batch that goes on for ever, and one that ends late',
    changes: {
      cancels: [
        { what: 'the batch', ms: null },
        { what: 'the single item o1', ms: 100_000 },
      ],
    },
    words: /the batch was cancelled and does not end\n.*the single item o1 was cancelled and ended after 100000 ms/,
  },
  {
    law: 'holds end',
    what: 'a single item that is refused by a hold that is over',
    changes: {
      accountRefusals: [{ code: HELD.code, next: singleReport({ ...UNSENT, code: HELD.code }), wasSent: false }],
    },
    words: /the single item after INSUFFICIENT_CREDITS was over and resumed is refused/,
  },
  {
    law: 'holds end',
    what: 'a batch that is held by what is over',
    changes: { observed: [{ ...running({ waiting: 4 }), hold: HELD }], ended: ['INSUFFICIENT_CREDITS'] },
    words: /the batch is held by INSUFFICIENT_CREDITS, which is over/,
  },
  {
    law: 'what is paid is stored',
    what: 'other bytes than the provider made',
    changes: withLine(1, line(1, { sha256: hashItem(2) })),
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
    changes: { observed: [status({ failures: { TIMEOUT: 2 } })] },
    words: /look 0: 2 failures by code, 0 failed/,
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
    changes: { observed: [running({ waiting: 4 })], pending: ['s1: 9 events, no workflow task waits'] },
    words: /neither ended nor says what it waits for: .*; s1: 9 events, no workflow task waits/,
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
    words: /it stopped unexpectedly: worker ended with 1: TransportError/,
  },
  {
    law: 'a content is uploaded once',
    what: 'an upload of what is remembered',
    changes: withPicture([0, 1], [upload(0), upload(5_000)]),
    words: /[0-9a-f]{64} was uploaded 1 times again, 0 times may be/,
  },
  {
    law: 'a content is uploaded once',
    what: 'an upload of what a worker recorded before it was killed',
    changes: {
      ...withPicture([0, 1], [upload(0), upload(5_000)]),
      struck: ['kill the worker'],
      texts: [logOf(CONTENT), logOf(CONTENT)],
    },
    words: /[0-9a-f]{64} was uploaded 1 times again, 0 times may be/,
  },
  {
    law: 'a content is uploaded once',
    what: 'two uploads by one of two workers',
    changes: {
      ...withPicture([0, 1], [upload(0), upload(5_000)]),
      struck: ['freeze the worker until it is given up'],
      texts: [logOf(CONTENT, CONTENT)],
    },
    words: /[0-9a-f]{64} was uploaded 1 times again, 0 times may be/,
  },
  {
    law: 'a content is uploaded once',
    what: 'two uploads at once by one worker, of which the first is refused later',
    changes: withPicture([0, 1], [upload(0, { status: 500, named: false, answeredAt: 2_000 }), upload(100)]),
    words: /was uploaded 1 times again/,
  },
  {
    law: 'a content is uploaded once',
    what: 'other bytes than the name says',
    changes: withPicture([0], [upload(0, { name: `${hashItem(1)}.png` })]),
    words: /has the bytes/,
  },
  {
    law: 'an upload costs nothing',
    what: 'an unknown outcome of an item whose file was never uploaded',
    changes: {
      ...withPicture([ITEMS - 1], [upload(0, { status: 500, named: false })]),
      struck: ['kill the worker'],
    },
    words: new RegExp(`k0003: is unknown, but its file ${CONTENT} was never uploaded`),
  },
  {
    law: 'a refused upload concerns its items only',
    what: 'an item that fails because the file of another one is refused',
    changes: {
      ...withPicture([0], [upload(0, { status: 413, named: false })]),
      ...withLine(1, line(1, { ...FAILED, code: 'INPUT_INVALID' })),
    },
    words: /k0001: ends by INPUT_INVALID, but nothing of it was refused/,
  },
  {
    law: 'inputs arrive as given',
    what: 'a request without its picture',
    changes: { contents: new Map([...(withPicture([0], []).contents ?? [])]) },
    words: new RegExp(`k0000: was sent with , not with ${CONTENT}`),
  },
  {
    law: 'inputs arrive as given',
    what: 'a request of no item',
    changes: { ledger: { ...ledger, posts: [...ledger.posts, makePost(1, { prompt: '', inputs: [UPLOADED] })] } },
    words: /a request has the key "", which no item has/,
  },
  {
    law: 'nothing is paid twice',
    what: 'a finished step that is paid again',
    changes: withJobs(stepJob(0, 'base', { jobId: 'job_9', acceptedAt: 2_000, endedAt: 2_090 })),
    words: /k0000 base: 2 jobs are charged, 1 may be/,
  },
  {
    law: 'what is paid is stored',
    what: 'a file of an earlier step that is gone',
    changes: recipeEvidence({ files: new Map([...recipeEvidence().files].filter(([name]) => name !== BASE_FILE)) }),
    words: /k0000: the file \/store\/0~base.result.png has not the hash/,
  },
  {
    law: 'what is paid is read',
    what: 'a paid job of a later step that was given up',
    changes: withSteps({ ...UNREAD, steps: [stepReport(0, 'base'), UNFINISHED] }),
    words: /k0000: ends failed by RESPONSE_INVALID, though its job is paid/,
  },
  {
    law: 'every step has one outcome',
    what: 'an item that has left a step and is at no other',
    changes: recipeEvidence({ observed: [stepsStatus({ ...COUNTED, edited: { succeeded: ITEMS - 1 } })] }),
    words: /look 0: 4 items have left the step before edited, 3 are there/,
  },
  {
    law: 'every step has one outcome',
    what: 'a step that is counted as one thing and listed as another',
    changes: recipeEvidence({ observed: [stepsStatus({ ...COUNTED, base: { succeeded: ITEMS - 1, failed: 1 } })] }),
    words: /base: 3 are counted as succeeded, 4 are listed/,
  },
  {
    law: 'every step has one outcome',
    what: 'an item that continued after a step that failed',
    changes: withSteps({ steps: [stepReport(0, 'base', { outcome: 'failed' }), stepReport(0, 'edited')] }),
    words: /k0000: continued after base, which did not succeed/,
  },
  {
    law: 'every step has one outcome',
    what: 'a success without the last step',
    changes: withSteps({ steps: [stepReport(0, 'base')] }),
    words: /k0000: succeeded without its last step/,
  },
  {
    law: 'every step has one outcome',
    what: 'a job that is reported for another step',
    changes: withSteps({
      submissions: [
        { step: 'base', jobId: 'job_0_edited', code: null, refusals: {} },
        { step: 'edited', jobId: 'job_0_base', code: null, refusals: {} },
      ],
    }),
    words: /k0000: the job job_0_edited of edited is reported for base/,
  },
  {
    law: 'a step is made of its item',
    what: 'a file that was made of the file of another item',
    changes: withJobs(stepJob(0, 'edited', { inputs: [addressOf(1)] })),
    words: /k0000: edited was made of [0-9a-f]{64}, and reports [0-9a-f]{64}/,
  },
  {
    law: 'nothing is left',
    what: 'a process, a port and a file',
    changes: { left: { processes: ['17 (node)'], ports: ['4711'], files: ['/store/x.part'] } },
    words: /the process 17 \(node\) still runs/,
  },
];

test.each(VIOLATIONS)('$law: $what', ({ law, changes, words }) => {
  const found = violations(soundEvidence(changes));
  expect(found.filter((one) => one.startsWith(law)).join('\n')).toMatch(words);
});

test.each<[string, Partial<Evidence>]>([
  ['after one that failed', withPicture([0], [upload(0, { status: 503, named: false }), upload(5_000)])],
  ['after one whose answer was lost', withPicture([0], [upload(0, { whole: false }), upload(5_000)])],
  [
    'for an item whose input was not usable',
    (() => {
      const { ledger: books, ...others } = withPicture([0, 1], [upload(0), upload(5_000)]);
      if (books === undefined) throw new Error('there is a ledger');
      const failure = { status: 'failed', code: 'INPUT_INVALID', charged: false } as const;
      const failed = job(0, { jobId: 'job_9', inputs: [UPLOADED], ...failure });
      const submissions = [{ jobId: 'job_9', code: 'INPUT_INVALID', refusals: {} }, ...line(0).submissions];
      return {
        ...others,
        ...withLine(0, line(0, { submissions })),
        ledger: { ...books, jobs: [...books.jobs, failed] },
      };
    })(),
  ],
  [
    'after a worker was killed before it had recorded it',
    { ...withPicture([0], [upload(0), upload(5_000)]), struck: ['kill the worker'], texts: [logOf(), logOf(CONTENT)] },
  ],
  [
    'by each of two workers',
    {
      ...withPicture([0], [upload(60_000), upload(60_005)]),
      struck: ['freeze the worker until it is given up'],
      texts: [logOf(CONTENT), logOf(CONTENT)],
    },
  ],
])('a content may be uploaded again %s', (_when, changes) => {
  const found = violations(soundEvidence(changes));
  expect(found.filter((one) => one.startsWith('a content'))).toEqual([]);
});

test('an item that is unknown as a whole need not list its submissions', () => {
  const lost = line(1, { ...UNREAD, code: 'SUBMIT_OUTCOME_UNKNOWN', outcome: 'unknown', jobId: null, submissions: [] });
  const found = violations(soundEvidence({ ...withLine(1, lost), struck: ['terminate a page'] }));
  expect(found.filter((one) => one.startsWith('unknown is reported'))).toEqual([]);
});

describe('a step that is unknown as a whole', () => {
  const steps = [stepReport(0, 'base'), stepReport(0, 'edited', { outcome: 'unknown', files: [] })];
  const base = { step: 'base', jobId: 'job_0_base', code: null, refusals: {} };
  const lost = { outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN', file: null, sha256: null, jobId: null } as const;
  const findHidden = (submissions: ItemResultRow['submissions']) =>
    violations({ ...withSteps({ ...lost, steps, submissions }), struck: ['terminate a page'] }).filter((one) =>
      one.startsWith('unknown is reported'),
    );

  test('need not list its submissions', () => {
    expect(findHidden([base])).toEqual([]);
  });

  test('does not hide a job of a step before', () => {
    const other = { ...base, jobId: 'job_other' };
    expect(findHidden([other])).toEqual([expect.stringMatching(/k0000: 1 accepted jobs are named nowhere/)]);
  });
});

test('a single item that was cancelled or reset may be unknown', () => {
  const code = 'SUBMIT_OUTCOME_UNKNOWN';
  const submissions = [{ number: 1, jobId: null, code, message: null, refusals: {}, charge: null }];
  const report = singleReport({ outcome: 'unknown', result: null, jobId: null, code, submissions });
  const fated = { ...SINGLE, fate: 'reset' } as const;
  const changes = { plan: { ...PLAN, singles: [fated] }, singles: [single({ planned: fated, reports: [report] })] };
  expect(violations(soundEvidence(changes))).toEqual([]);
});

test('every law has a violation that was planted', () => {
  expect(new Set(VIOLATIONS.map(({ law }) => law))).toEqual(new Set(Object.keys(LAWS)));
});

test('a batch that names what it waits for has not failed to end', () => {
  const held = { ...running({ waiting: 4 }), hold: HELD };
  expect(violations(soundEvidence({ observed: [held] }))).toEqual([]);
});

test('a job that only a callback named occupies no place', () => {
  const late = { jobs: [job(0), job(1, { acceptedAt: 50 }), ...ledger.jobs.slice(2)] };
  const [first, second, ...others] = ledger.posts;
  const posts = [first, second && { ...second, named: false }, ...others].flatMap((post) => post ?? []);
  const found = violations(soundEvidence({ ledger: { ...ledger, ...late, posts } }));
  expect(found.filter((one) => one.startsWith('limits are kept'))).toEqual([]);
});

test('after a false lower limit an account rises in steps of more than one', () => {
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

test.each([
  ['whose time is not over', 9_999, 1],
  ['whose time is over', 10_000, 0],
])('a job %s holds its place', (_when, nextAt, broken) => {
  const jobs = [job(0, { acceptedAt: 0, endedAt: 15_000 }), job(1, { acceptedAt: nextAt, endedAt: nextAt + 90 })];
  const found = violations(soundEvidence({ ledger: { ...ledger, jobs } }));
  expect(found.filter((one) => one.startsWith('limits are kept'))).toHaveLength(broken);
});

test('a redrive that could not read a paid job for its whole time again has done what it could', () => {
  const redrivenAt = 20_000 - PLAN.skewMs;
  const unread = withLine(1, line(1, { ...UNREAD, code: 'JOB_NOT_FOUND', outcome: 'unknown' }));
  const found = [20_500, 29_900].map((lastReadAt) => {
    const jobs = ledger.jobs.map((one) => (one.jobId === 'job_1' ? { ...one, lastReadAt } : one));
    return violations(soundEvidence({ ...unread, redrivenAt, ledger: { ...ledger, jobs } }));
  });
  const broken = found.map((words) => words.filter((one) => one.startsWith('what is paid is read')).length);
  expect(broken).toEqual([1, 0]);
});

test.each<[string, Partial<Evidence>, number]>([
  ['may wait for a redrive', { struck: ['reset a page'] }, 0],
  ['is fetched by the redrive', { struck: ['reset a page'], redrivenAt: PLAN.skewMs + 1_000_000 }, 1],
  ['that no operator has ended is read at once', { struck: ['kill the worker'] }, 1],
])('the recorded job of a page %s', (_what, changes, count) => {
  const lost = line(1, { ...UNREAD, code: 'SUBMIT_OUTCOME_UNKNOWN', outcome: 'unknown' });
  const found = violations(soundEvidence({ ...withLine(1, lost), ...changes }));
  expect(found.filter((one) => one.startsWith('what is paid is read'))).toHaveLength(count);
});

test('what was allowed to be paid again is no violation', () => {
  const twice = { ...ledger, jobs: [...ledger.jobs, job(0, { jobId: 'job_9', acceptedAt: 900, endedAt: 950 })] };
  const found = violations(soundEvidence({ ledger: twice, allowedPayments: new Map([['k0000', 1]]) }));
  expect(found.filter((one) => one.startsWith('nothing is paid twice'))).toEqual([]);
});

test('steps that a user names may be paid again, and jobs whose files were reported once need no more reading', () => {
  const again = stepJob(0, 'base', { jobId: 'job_9', acceptedAt: 2_000, endedAt: 2_090, lastReadAt: 2_090 });
  const before = recipeEvidence().lines;
  const submissions = [...(before[0]?.submissions ?? []), { step: 'base', jobId: 'job_9', code: null, refusals: {} }];
  const ended = { ...FAILED, code: 'MODEL_ERROR', steps: [stepReport(0, 'base'), UNFINISHED], submissions };
  const found = violations({
    ...withJobs(again),
    lines: [...withSteps(ended).lines.slice(0, 1), ...before.slice(1)],
    allowedPayments: new Map([['k0000 base', 1]]),
    settled: new Set(['job_0_base', 'job_0_edited', 'job_9']),
  });
  expect(found.filter((one) => /^(nothing is paid twice|what is paid is read)/.test(one))).toEqual([]);
});

test('second payments that the batch counts are no violation', () => {
  const twice = { ...ledger, jobs: [...ledger.jobs, job(0, { jobId: 'job_9', acceptedAt: 900, endedAt: 950 })] };
  const found = violations(soundEvidence({ ledger: twice, observed: [status({ possibleDuplicates: 1 })] }));
  expect(found.filter((one) => one.startsWith('nothing is paid twice'))).toEqual([]);
});

test('a 403 is a refusal whatever its words, a 503 only by those of the provider', () => {
  const refusals = [
    { status: 403, isProviderError: false },
    { status: 503, isProviderError: true },
    { status: 409, isProviderError: true },
  ].map((answer) => makePost(1, { jobId: null, named: false, ...answer }));
  const found = violations(soundEvidence({ ledger: { ...ledger, posts: [...refusals, ...ledger.posts] } }));
  expect(found).toEqual([]);
});

test('a paid job may be given up when its time is over', () => {
  const late = ledger.jobs.map((one) => (one.jobId === 'job_1' ? { ...one, lastReadAt: one.acceptedAt + 9_600 } : one));
  const ended = line(1, { ...UNREAD, code: 'JOB_OVERDUE', outcome: 'unknown' });
  const found = violations(soundEvidence({ ...withLine(1, ended), ledger: { ...ledger, jobs: late } }));
  expect(found.filter((one) => one.startsWith('what is paid is read'))).toEqual([]);
});

test('a batch that was terminated beside such a row waits for nothing', () => {
  const terminated = { ...running({ waiting: 3, succeeded: 1 }), state: 'failed' } as const;
  const found = violations(soundEvidence({ plan: FORBIDDEN, observed: [terminated], struck: ['terminate the batch'] }));
  expect(found.filter((one) => one.startsWith('one row'))).toEqual([]);
});

test('of others it is allowed that one row is refused for ever', () => {
  const held = { ...running({ waiting: 1, succeeded: 3 }), hold: HELD };
  expect(violations(soundEvidence({ plan: FORBIDDEN, observed: [held] }))).toEqual([]);
});

test('a worker that was killed explains an unknown outcome', () => {
  const changes = { ...withLine(1, line(1, { ...unknownLine(1) })), struck: ['kill the worker'] as const };
  expect(violations(soundEvidence(changes)).filter((one) => one.includes('is reported unknown'))).toEqual([]);
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
