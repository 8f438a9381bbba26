/** Whatever is put into an entry of the log, only the listed fields leave it. */
import { ApplicationFailure } from '@temporalio/common';
import { createLog } from '../../telemetry';
import { LOG_FORMATS } from '../../telemetry/settings';

const SECRET = 'planted-secret-7f3a';

function writeEntry(
  format: (typeof LOG_FORMATS)[number],
  meta: Record<string, unknown>,
  level = 'INFO' as const,
): string {
  const lines: string[] = [];
  createLog(
    { format, level },
    (line) => lines.push(line),
    () => 0,
  )('WARN', 'it happened', meta);
  return lines.join('');
}

const careless = {
  workflowId: 'spring-0',
  item: 'banner-1',
  submission: 2,
  job: 'job_1',
  prompt: SECRET,
  apiKey: SECRET,
  request: { prompt: SECRET },
  namespace: { url: `https://x/?signature=${SECRET}` },
  taskQueue: SECRET.repeat(20),
  error: new Error(`in "${SECRET}"`, { cause: ApplicationFailure.create({ type: 'MODEL_ERROR', message: SECRET }) }),
};

test.each(LOG_FORMATS)('as %s', (format) => {
  const line = writeEntry(format, careless);
  expect(line).not.toContain(SECRET);
  for (const shown of ['1970-01-01T00:00:00.000Z', 'it happened', 'spring-0', 'banner-1', 'job_1', 'MODEL_ERROR']) {
    expect(line).toContain(shown);
  }
  expect(line.trimEnd().split('\n')).toHaveLength(1);
});

test('an error without a code says where it was made', () => {
  const { error } = JSON.parse(writeEntry('json', { error: new TypeError(SECRET) }));
  expect(error).toMatchObject({
    name: 'TypeError',
    at: expect.arrayContaining([expect.stringContaining('log.test.ts')]),
  });
});

test('what is less than the level is not written', () => {
  const lines: string[] = [];
  const log = createLog({ format: 'json', level: 'WARN' }, (line) => lines.push(line));
  log('INFO', 'left out');
  log('ERROR', 'kept');
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['kept']);
});
