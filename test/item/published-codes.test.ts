/** Every published code, from the emulator through activity and workflow to the error that a caller sees. */
import { EXIT, toExitCode } from '../../cli/exit-codes';
import { type RefusableCode, SCENARIOS } from '../../emulator';
import { getFailureRow, PROVIDER_FAILURE_CODES } from '../../workflows/domain/failures/failures';
import { catchError, findJobs, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';

const RETRYABLE = PROVIDER_FAILURE_CODES.filter((code) => getFailureRow(code).retryable === true);
const FINAL = PROVIDER_FAILURE_CODES.filter((code) => getFailureRow(code).retryable !== true);
const LIMITED = RETRYABLE.filter((code) => getFailureRow(code).budget !== null);
const REFUSABLE = PROVIDER_FAILURE_CODES.filter((code): code is RefusableCode => SCENARIOS[code].refusal !== null);

let rig: Rig;

/**
 * All images live at the same time, since most of their lives is waiting; each test looks at one. Each has an account of
 * its own, for some codes hold the account.
 */
beforeAll(async () => {
  rig = await startRig();
  const atOnce = { jobMs: 0 };
  for (const code of FINAL) scriptFor(rig, `final-${code}`, { failJob: code, ...atOnce });
  for (const code of RETRYABLE) scriptFor(rig, `healed-${code}`, { failJob: code, ...atOnce }, 2);
  for (const code of LIMITED) scriptFor(rig, `exhausted-${code}`, { failJob: code, ...atOnce });
  for (const code of REFUSABLE) scriptFor(rig, `refused-${code}`, { refuse: code }, 2);
  rig.emulator.script({ then: atOnce });
  const ids = [
    ...FINAL.map((code) => `final-${code}`),
    ...RETRYABLE.map((code) => `healed-${code}`),
    ...LIMITED.map((code) => `exhausted-${code}`),
    ...REFUSABLE.map((code) => `refused-${code}`),
  ];
  await Promise.all(ids.map(async (id) => start(await rig.clientOf(id), id)));
});
afterAll(() => rig.close());

describe.each(FINAL)('a job that fails with %s', (code) => {
  test('ends the image with this code after one submission', async () => {
    const id = `final-${code}`;
    const error = await catchError(rig.client.item(id));
    const [job] = findJobs(rig, id);
    const { remedy, scope } = getFailureRow(code);
    const outcome = code === 'CANCELLED' ? 'cancelled' : 'failed';
    expect(error).toMatchObject({ code, retryable: false, remedy, scope, jobId: job?.jobId, outcome });
    const said = SCENARIOS[code].message;
    const message = code === 'CANCELLED' ? `Cancelled by the provider (${said}).` : said;
    expect(error.message).toBe(`${code}: ${message}`);
    expect(toExitCode(error)).toBe(scope === 'account' ? EXIT.accountStopped : EXIT.itemFailed);
    expect(findJobs(rig, id)).toHaveLength(1);
  });
});

describe.each(RETRYABLE)('a job that fails with %s', (code) => {
  test('is submitted again until it succeeds, and every submission is reported', async () => {
    const id = `healed-${code}`;
    const report = await rig.client.item(id).result();
    const jobIds = findJobs(rig, id).map(({ jobId }) => jobId);
    expect(report).toMatchObject({ outcome: 'succeeded', jobId: jobIds[2], code: null });
    expect(report.submissions.map(({ jobId, code: met }) => ({ jobId, met }))).toEqual([
      { jobId: jobIds[0], met: code },
      { jobId: jobIds[1], met: code },
      { jobId: jobIds[2], met: null },
    ]);
  });
});

describe.each(LIMITED)('a job that fails with %s for ever', (code) => {
  test('ends the image with this code when its budget is used up, and not one submission later', async () => {
    const id = `exhausted-${code}`;
    const error = await catchError(rig.client.item(id));
    const submissions = (getFailureRow(code).budget ?? 0) + 1;
    expect(error).toMatchObject({ code, retryable: true, remedy: getFailureRow(code).remedy, outcome: 'failed' });
    expect(error.submissions).toHaveLength(submissions);
    expect(findJobs(rig, id)).toHaveLength(submissions);
    expect(error.jobId).toBe(findJobs(rig, id).at(-1)?.jobId);
  });
});

describe.each(REFUSABLE)('a submission that is refused with %s', (code) => {
  const isRetried = getFailureRow(code).retryable === true;

  test(isRetried ? 'is sent again and told among the refusals' : 'ends the image without a job', async () => {
    const id = `refused-${code}`;
    const handle = rig.client.item(id);
    if (isRetried) {
      const report = await handle.result();
      expect(report.submissions).toMatchObject([{ number: 1, refusals: { [code]: 2 } }]);
      expect(findJobs(rig, id)).toHaveLength(1);
    } else {
      const error = await catchError(handle);
      expect(error).toMatchObject({ code, outcome: 'failed', retryable: false, jobId: null });
      expect(findJobs(rig, id)).toEqual([]);
    }
  });
});

test('every published code is tried', () => {
  expect([...RETRYABLE, ...FINAL].sort()).toEqual([...PROVIDER_FAILURE_CODES].sort());
});
