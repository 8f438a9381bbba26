/** Slow files first, so that none of them runs alone at the end; a fresh clone knows no durations, by which jest would sort. */
const { existsSync } = require('node:fs');
const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');
const { LONG_TESTS, TIMED_TESTS } = require('./long-tests');

/** Those that took longer than 20 s in a whole run, the slowest first. Their order is all that matters, not the figure. */
const SLOW = [
  ...['item/uploads', 'cli/redrive', 'batch/stuck-page', 'credits/failing', 'account/answers-lost', 'item/lost-task'],
  ...[
    'account/holds',
    'batch/control',
    'batch/steps',
    'credits/emulator',
    'credits/refusing',
    'batch/run',
    'races/one-id',
  ],
  ...['account/budget', 'cli/no-worker', 'package/library', 'batch/store-away', 'cli/gateway', 'item/forgotten'],
  ...['postgres/compose-stack', 'payloads/end-to-end', 'cli/stop-signals', 'batch/library', 'account/operation-outage'],
  ...['cli/batch-views', 'batch/store-gone', 'batch/chaos', 'cli/generate', 'gateway/api-contract'],
  ...['cli/folder-batch', 'cli/rescue', 'item/outcomes', 'cli/dev', 'activities/store/contract'],
  ...['credits/balance-low', 'item/operations', 'cli/doctor-live', 'batch/cli', 'cli/demo', 'cli/pipes'],
  ...['activities/store/s3-end-to-end', 'batch/workflow-per-image', 'cli/setup'],
];
const ORDER = [...SLOW, ...LONG_TESTS, ...TIMED_TESTS].map((name) => path.join(__dirname, `${name}.test.ts`));

const missing = ORDER.filter((file) => !existsSync(file));
if (missing.length > 0) throw new Error(`${__filename} names files that are not there: ${missing.join(', ')}`);

class SlowFirst extends Sequencer {
  sort(tests) {
    const isSlow = ({ path: file }) => ORDER.includes(file);
    const slow = tests.filter(isSlow).sort((one, other) => ORDER.indexOf(one.path) - ORDER.indexOf(other.path));
    return [...slow, ...super.sort(tests.filter((test) => !isSlow(test)))];
  }
}

module.exports = SlowFirst;
