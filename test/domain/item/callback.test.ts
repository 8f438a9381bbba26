import { computeCallbackPatienceMs } from '../../../workflows/domain/item/callback';

test.each([
  { what: 'nothing is known: by what is typical', estimatedMs: null, usualMs: null, patienceMs: 60_000 },
  { what: 'jobs are short: never less than 30 s', estimatedMs: 2_000, usualMs: 1_000, patienceMs: 30_000 },
  { what: 'the estimate is all there is', estimatedMs: 15_000, usualMs: null, patienceMs: 45_000 },
  { what: 'there is no estimate, and jobs take longer', estimatedMs: null, usualMs: 31_000, patienceMs: 93_000 },
  { what: 'the estimate is far too short', estimatedMs: 5_000, usualMs: 31_000, patienceMs: 93_000 },
  { what: 'the estimate knows that this job takes longer', estimatedMs: 90_000, usualMs: 31_000, patienceMs: 270_000 },
])('a callback is waited for for $patienceMs ms where $what', ({ estimatedMs, usualMs, patienceMs }) => {
  expect(computeCallbackPatienceMs({ estimatedMs, ...(usualMs === null ? {} : { usualMs }) }, 20_000)).toBe(patienceMs);
});
