/** What the provider says that jobs cost: nothing is made of what it does not say. */
import { toBatchStatus } from '../../../client/batches/batch-status';
import type { BatchState } from '../../../workflows/domain/batch/batch-state';
import type { Charge, ItemResultRow } from '../../../workflows/domain/item/item';
import { tallyRows } from '../../support/tally-rows';

function charged(...charges: readonly (Charge | undefined)[]) {
  const submissions = charges.map((charge) => ({
    jobId: 'job_1',
    code: null,
    refusals: {},
    ...(charge ? { charge } : {}),
  }));
  const line = { outcome: 'succeeded', code: null, submissions } as unknown as ItemResultRow;
  const state = { state: 'completed', tally: tallyRows([line]) } as BatchState;
  return toBatchStatus('spring', state, null).charged;
}

test('a unit that is never named is null, and not 0', () => {
  expect(charged()).toEqual({ credits: null, usd: null });
  expect(charged(undefined)).toEqual({ credits: null, usd: null });
  expect(charged({ credits: 2, usd: null }, undefined, { credits: 1, usd: null })).toEqual({ credits: 3, usd: null });
  expect(charged({ credits: null, usd: 0.25 })).toEqual({ credits: null, usd: 0.25 });
});

test('a job that is said to cost nothing costs 0', () => {
  expect(charged({ credits: 0, usd: null })).toEqual({ credits: 0, usd: null });
});
