/** What a request for a redrive asks for reaches the library. */
import { parseRedriveTerms, redriveBody } from '../../gateway/api/requests';

test('every field of the body is passed on, under its name in the library', () => {
  const terms = { outcomes: ['failed'], codes: ['MODEL_ERROR'], keys: ['a'], allowUnknown: true, fromStep: 'cutout' };
  const more = { dryRun: true, movedServer: true, skipStoreCheck: true };
  const limits = { concurrency: 2, weight: 3, budgetSubmissions: 4, budgetCost: 5, allowPossibleDuplicates: 6 };
  const prices = { 'generate/image': 0.5 };
  const notified = { notify: 'https://example.com/hooks', notifyFailures: '3%' };
  const all = { ...terms, ...more, ...limits, ...notified, prices };
  // Rows, changes and a recipe are not terms.
  const names = Object.keys(redriveBody.shape).filter(
    (name) => !['changes', 'recipe', 'rows', 'values'].includes(name),
  );
  expect(Object.keys(all).sort()).toEqual(names.sort());
  expect(parseRedriveTerms(redriveBody.parse(all))).toEqual({
    ...terms,
    ...more,
    ...notified,
    ...{ concurrency: 2, weight: 3, budget: { submissions: 4, cost: 5, duplicates: 6 }, prices },
  });
});
