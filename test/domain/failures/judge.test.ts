/** The decision about a failure: flag and table, budgets, delays. */
import fc from 'fast-check';
import {
  type CodeCounts,
  FAILURE_CODES,
  getFailureRow,
  PROVIDER_FAILURE_CODES,
} from '../../../workflows/domain/failures/failures';
import { type Fault, judge, toRow } from '../../../workflows/domain/failures/fault';

const half = () => 0.5;

function makeFault(code: string, saidRetryable?: boolean, more: Partial<Fault> = {}): Fault {
  const flag = saidRetryable === undefined ? {} : { saidRetryable };
  return { code, origin: 'job', message: 'it failed', ...flag, ...more };
}

describe('the stricter of flag and table wins', () => {
  test.each([
    { code: 'MODEL_ERROR', published: true, flag: true, retryable: true, contradiction: false },
    { code: 'MODEL_ERROR', published: true, flag: false, retryable: false, contradiction: true },
    { code: 'MODEL_ERROR', published: true, flag: undefined, retryable: true, contradiction: false },
    { code: 'INPUT_INVALID', published: false, flag: true, retryable: false, contradiction: true },
    { code: 'INPUT_INVALID', published: false, flag: false, retryable: false, contradiction: false },
    { code: 'INPUT_INVALID', published: false, flag: undefined, retryable: false, contradiction: false },
    { code: 'CANCELLED', published: null, flag: true, retryable: false, contradiction: false },
    { code: 'CANCELLED', published: null, flag: false, retryable: false, contradiction: false },
    { code: 'CANCELLED', published: null, flag: undefined, retryable: false, contradiction: false },
    { code: 'GPU_ON_FIRE', published: 'not', flag: true, retryable: true, contradiction: false },
    { code: 'GPU_ON_FIRE', published: 'not', flag: false, retryable: false, contradiction: false },
    { code: 'GPU_ON_FIRE', published: 'not', flag: undefined, retryable: false, contradiction: false },
  ])('$code, published $published, flag $flag: retryable $retryable', ({ code, flag, retryable, contradiction }) => {
    expect(judge(makeFault(code, flag), {}, half)).toMatchObject({ code, retryable, contradiction });
  });

  test('no flag makes any published code more retryable than the table', () => {
    for (const code of PROVIDER_FAILURE_CODES) {
      for (const flag of [true, false, undefined]) {
        const { retryable } = judge(makeFault(code, flag), {}, half);
        expect(retryable).toBe(getFailureRow(code).retryable === true && flag !== false);
      }
    }
  });
});

test.each(['GPU_ON_FIRE', '', 'toString', 'model_error'])(
  'the unlisted code "%s" is judged as unrecognised',
  (code) => {
    expect(toRow(code)).toBe('UNRECOGNISED_CODE');
  },
);

test.each(FAILURE_CODES.filter((code) => !PROVIDER_FAILURE_CODES.some((listed) => listed === code)))(
  'a job that fails with our own name %s is as unrecognised as any other unlisted code',
  (code) => {
    expect(judge(makeFault(code), {}, half)).toMatchObject({ code, row: 'UNRECOGNISED_CODE', retryable: false });
  },
);

describe.each(FAILURE_CODES.filter((code) => getFailureRow(code).retryable === true))('the budget of %s', (code) => {
  const { budget } = getFailureRow(code);
  const isProviders = PROVIDER_FAILURE_CODES.some((listed) => listed === code);
  const fault = makeFault(code, true, { origin: isProviders ? 'job' : 'read' });

  test(`allows ${budget ?? 'any number of'} retries and not one more`, () => {
    const times = budget ?? 1_000;
    expect(judge(fault, { [code]: times - 1 }, half).retryable).toBe(true);
    expect(judge(fault, { [code]: times }, half)).toMatchObject({ retryable: budget === null });
  });

  test('is not touched by other codes', () => {
    expect(judge(fault, { SOMETHING_ELSE: 99 }, half).retryable).toBe(true);
  });
});

test('codes that are not listed share one budget, however many names a provider finds for them', () => {
  const { budget } = getFailureRow('UNRECOGNISED_CODE');
  const verdicts = ['GPU_OOM_17', 'GPU_OOM_18', 'JOB_OVERDUE', 'GPU_OOM_19'].reduce(
    ({ met, retryable }, code) => {
      const judged = judge(makeFault(code, true), met, half);
      return { met: judged.met, retryable: [...retryable, judged.retryable] };
    },
    { met: {} as CodeCounts, retryable: [] as boolean[] },
  );
  expect(verdicts.met).toEqual({ UNRECOGNISED_CODE: 4 });
  expect(verdicts.retryable).toEqual([1, 2, 3, 4].map((time) => time <= (budget ?? 0)));
});

test('a fault that is not retried brings no delay, whatever the provider asks for', () => {
  expect(judge(makeFault('INPUT_INVALID', false, { retryAfterMs: 5_000 }), {}, half)).not.toHaveProperty('retryInMs');
  expect(judge(makeFault('TIMEOUT', true), { TIMEOUT: 2 }, half)).not.toHaveProperty('retryInMs');
});

test.each([
  ['shorter than our own delay', 10, 1_000],
  ['longer than our own delay', 50_000, 50_000],
  ['absent', undefined, 1_000],
])('Retry-After that is %s', (_name, retryAfterMs, expected) => {
  const more = retryAfterMs === undefined ? {} : { retryAfterMs };
  const judged = judge(makeFault('RATE_LIMIT_EXCEEDED', undefined, { origin: 'submit', ...more }), {}, half);
  expect(judged.retryInMs).toBe(expected);
});

test('every occurrence is counted, whatever was met before', () => {
  const code = fc.oneof(fc.constantFrom<string>(...FAILURE_CODES), fc.stringMatching(/^[A-Z]{3,12}$/));
  const met = fc.dictionary(fc.stringMatching(/^[A-Z]{3,12}$/), fc.integer({ min: 1, max: 20 }), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(code, met, fc.option(fc.boolean(), { nil: undefined }), (name, before, flag) => {
      const judged = judge(makeFault(name, flag), before, half);
      const { row } = judged;
      expect(judged.met).toEqual({ ...before, [row]: (before[row] ?? 0) + 1 });
      expect(judged.retryInMs === undefined).toBe(!judged.retryable);
    }),
  );
});
