/** Troubles of one item at the provider or on the way. Each occurs once or twice. */
import type { Action } from '../../emulator';

const REFUSAL_HEADERS = { 'retry-after': '1' };
const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** The answer of a proxy in front of the provider. */
function front(status: number) {
  return {
    status,
    body: `<html><title>${status}</title>upstream connect error or disconnect/reset</html>`,
    headers: HTML,
  };
}

/** The submission is refused or lost before acceptance: no job exists. */
const BEFORE_ACCEPTANCE = {
  'reset before acceptance': { fault: 'reset-before-accept', on: 'submit' },
  '429 for rate': { refuse: 'RATE_LIMIT_EXCEEDED' },
  '429 for concurrency': { refuse: 'CONCURRENT_JOBS_EXCEEDED' },
  '429 with Retry-After': { status: 429, body: {}, headers: REFUSAL_HEADERS },
  '402 for credits': { refuse: 'INSUFFICIENT_CREDITS' },
  '402 for billing': { refuse: 'CREDIT_CHARGE_FAILED' },
  '503': { refuse: 'MODEL_UNAVAILABLE' },
  '400': { refuse: 'INPUT_INVALID' },
  '422': { status: 422, body: { detail: [{ loc: ['body', 'width'], msg: 'too wide', type: 'value_error' }] } },
  '401': { status: 401, body: {} },
  '500 without a job': { status: 500, body: {} },
  '502 without a job': { status: 502, body: '<html>Bad gateway</html>' },
  '504 without a job': { status: 504, body: '' },
  '400 of a front': front(400),
  '403 of a front': front(403),
  '404 of a front': front(404),
  '409 of a front': front(409),
  '503 of a front': front(503),
} as const satisfies Record<string, Action>;

/** The job exists, but the answer does not name it. */
const BEHIND_THE_DOOR = {
  'reply dropped': { fault: 'reset-after-accept', on: 'submit' },
  'garbage for a reply': { fault: 'garbage', on: 'submit' },
  'half a reply': { fault: 'half-body', on: 'submit' },
  'reply without a job id': { fault: 'no-job-id', on: 'submit' },
  '500 behind acceptance': { status: 500, body: {}, accepted: true },
  '502 behind acceptance': { status: 502, body: '<html>Bad gateway</html>', accepted: true },
  '504 behind acceptance': { status: 504, body: '', accepted: true },
  '400 of a front behind acceptance': { ...front(400), accepted: true },
  '409 of a front behind acceptance': { ...front(409), accepted: true },
  '503 of a front behind acceptance': { ...front(503), accepted: true },
  '503 of a front behind acceptance, with Retry-After': {
    ...front(503),
    headers: { ...HTML, ...REFUSAL_HEADERS },
    accepted: true,
  },
  'late 503 of a front behind acceptance': { ...front(503), accepted: true, delayMs: 600 },
} as const satisfies Record<string, Action>;

const JOBS = {
  'late reply': { delayMs: 700, on: 'submit' },
  'job fails: RATE_LIMIT_EXCEEDED': { failJob: 'RATE_LIMIT_EXCEEDED' },
  'job fails: CONCURRENT_JOBS_EXCEEDED': { failJob: 'CONCURRENT_JOBS_EXCEEDED' },
  'job fails: INSUFFICIENT_CREDITS': { failJob: 'INSUFFICIENT_CREDITS' },
  'job fails: CREDIT_CHARGE_FAILED': { failJob: 'CREDIT_CHARGE_FAILED' },
  'job fails: INPUT_INVALID': { failJob: 'INPUT_INVALID' },
  'job fails: MODEL_ERROR': { failJob: 'MODEL_ERROR' },
  'job fails: MODEL_UNAVAILABLE': { failJob: 'MODEL_UNAVAILABLE' },
  'job fails: STORAGE_ERROR': { failJob: 'STORAGE_ERROR' },
  'job fails: TIMEOUT': { failJob: 'TIMEOUT' },
  'job fails: INTERNAL_ERROR': { failJob: 'INTERNAL_ERROR' },
  'job fails: CANCELLED': { failJob: 'CANCELLED' },
  'job fails: unlisted, retryable': { failJob: 'GREMLINS', retryable: true },
  'job fails: unlisted': { failJob: 'GREMLINS' },
  'job fails: flag contradicts': { failJob: 'MODEL_ERROR', retryable: false },
} as const satisfies Record<string, Action>;

const READS = {
  'status reset': { fault: 'reset', on: 'status' },
  'status garbage': { fault: 'garbage', on: 'status' },
  'half a status': { fault: 'half-body', on: 'status' },
  'late status': { delayMs: 900, on: 'status' },
  'status 400': { status: 400, body: {}, on: 'status' },
  'status 401': { status: 401, body: {}, on: 'status' },
  'status 403 of a front': { ...front(403), on: 'status' },
  'status 404': { status: 404, body: {}, on: 'status' },
  'status 404 of a front': { ...front(404), on: 'status' },
  'status 405': { status: 405, body: {}, on: 'status' },
  'status 409 of a front': { ...front(409), on: 'status' },
  'status 410': { status: 410, body: {}, on: 'status' },
  'status 302': { status: 302, body: '', headers: { location: '/' }, on: 'status' },
  'status 503 of a front': { ...front(503), on: 'status' },
  'status 429': { status: 429, body: {}, on: 'status' },
  'status 502': { status: 502, body: 'bad', on: 'status' },
} as const satisfies Record<string, Action>;

const DOWNLOADS = {
  'download reset': { fault: 'reset', on: 'result' },
  'download garbage': { fault: 'garbage', on: 'result' },
  'download cut': { fault: 'half-body', on: 'result' },
  'download short': { fault: 'truncated', on: 'result' },
  'download longer than said': { fault: 'longer-than-said', on: 'result' },
  'late download': { delayMs: 900, on: 'result' },
  'HTML with status 200': { fault: 'html-200', on: 'result' },
  'not an image': { fault: 'not-an-image', on: 'result' },
  'wrong type': { fault: 'wrong-type', on: 'result' },
  'label that lies': { fault: 'lying-type', on: 'result' },
  'link expired': { fault: 'expired', on: 'result' },
  'download 500': { status: 500, body: {}, on: 'result' },
  'download 302': { status: 302, body: '', headers: { location: '/results/elsewhere' }, on: 'result' },
} as const satisfies Record<string, Action>;

const CALLBACKS = {
  'callback dropped': { fault: 'drop', on: 'callback' },
  'callback twice': { fault: 'duplicate', on: 'callback' },
  'callback late': { delayMs: 1_500, on: 'callback' },
} as const satisfies Record<string, Action>;

/** Only for scenes that require them. */
const OF_SCENES = {
  'always 403': { status: 403, body: { detail: 'Enterprise plan required' } },
  'job of 2 s': { jobMs: 2_000 },
  'job of 3 s': { jobMs: 3_000 },
  'job of 4 s': { jobMs: 4_000 },
  'job of 5 s': { jobMs: 5_000 },
  'job of 6 s': { jobMs: 6_000 },
  'job of 7 s': { jobMs: 7_000 },
  'job of 8 s': { jobMs: 8_000 },
} as const satisfies Record<string, Action>;

const ANYWHERE = {
  ...BEFORE_ACCEPTANCE,
  ...BEHIND_THE_DOOR,
  ...JOBS,
  ...READS,
  ...DOWNLOADS,
  ...CALLBACKS,
} as const;

const TROUBLES = { ...ANYWHERE, ...OF_SCENES } as const;

export type TroubleName = keyof typeof TROUBLES;

/** A trouble of an item, or of one of its steps. */
export interface ItemTrouble {
  readonly item: number;
  readonly trouble: TroubleName;
  readonly times: number;
}

/** Troubles of any item. */
export const TROUBLE_NAMES = Object.keys(ANYWHERE) as readonly TroubleName[];

/** Repetitions that no seed reaches. */
export const ALWAYS = 1_000_000;

/** Maximum repetitions of lasting troubles; others occur once or twice. */
export const TIMES: Readonly<Partial<Record<TroubleName, number>>> = {
  'status 400': 4,
  'status 401': 2,
  'status 403 of a front': 6,
  'status 404': 6,
  'status 404 of a front': 6,
  'status 405': 4,
  'status 409 of a front': 6,
  'status 410': 4,
  'status 302': 4,
  'status 503 of a front': 6,
  'always 403': ALWAYS,
};

export function getAction(name: TroubleName): Action {
  return TROUBLES[name];
}
