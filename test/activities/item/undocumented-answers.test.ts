/** Answers that have more than is documented are counted and logged once, by names and never by values. */

import { inspect } from 'node:util';
import type { MetricMeter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { UndocumentedAnswers } from '../../../activities';

const KNOWN = { job_id: 'job_1', status: 'queued', endpoint: '/generate/image/v1', queued_at: '2026-01-01T00:00:00Z' };
const SECRET = 'a lighthouse at https://cdn.example.com/x?signature=y';

function observe(meter?: MetricMeter) {
  const entries: LogEntry[] = [];
  const counted: unknown[] = [];
  const add = (_amount: number, { kind }: { kind: string }) => counted.push(kind);
  const counting = { createCounter: () => ({ add }) };
  const environment = new MockActivityEnvironment(
    {},
    { logger: new DefaultLogger('WARN', (entry) => entries.push(entry)), metricMeter: meter ?? (counting as never) },
  );
  const answers = new UndocumentedAnswers();
  const see = (kind: 'submit' | 'status', body: unknown) => environment.run(async () => answers.see(kind, body));
  return { see, entries, counted };
}

test('documented answers are neither counted nor logged', async () => {
  const { see, entries, counted } = observe();
  await see('submit', KNOWN);
  await see('status', { ...KNOWN, progress: 3, balance_remaining_usd: 1, status: 'COMPLETED' });
  expect({ entries, counted }).toEqual({ entries: [], counted: [] });
});

test.each([
  ['a field', { ...KNOWN, region: SECRET }, ['field region']],
  ['a state', { ...KNOWN, status: SECRET }, ['state']],
  ['a form', [SECRET], ['form']],
  ['a body that is no JSON', undefined, ['form']],
])('%s is counted each time and logged once, without its value', async (_what, body, found) => {
  const { see, entries, counted } = observe();
  for (let time = 0; time < 3; time += 1) await see('status', body);
  expect(counted).toEqual(['status', 'status', 'status']);
  expect(entries.map(({ meta }) => meta?.['found'])).toEqual([found]);
  expect(inspect(entries, { depth: 9 })).not.toContain('lighthouse');
});

test('a fault of its own does not reach the activity', async () => {
  const broken = {
    createCounter: () => ({
      add: () => {
        throw new Error('no meter');
      },
    }),
  };
  const { see, entries } = observe(broken as never);
  await see('status', { region: 1 });
  await new Promise(setImmediate);
  expect(entries.map(({ message }) => message)).toContain('an undocumented answer could not be counted');
});
