/** Slow files first, so that none of them runs alone at the end; a fresh clone knows no durations, by which jest would sort. */
const { existsSync } = require('node:fs');
const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Those that took longer than 12 s in a whole run, the slowest first. Their order is all that matters, not the figure. */
const SLOW = [
  ...[
    'races/one-id',
    'account/answers-lost',
    'account/operation-outage',
    'cli/redrive',
    'batch/control',
    'account/holds',
    'account/budget',
  ],
  ...[
    'batch/photo-folder',
    'item/uploads',
    'cli/file-inputs',
    'cli/folder-batch',
    'cli/download',
    'cli/confirm',
    'cli/photos',
    'gateway/inputs',
  ],
  ...['batch/store-away', 'batch/store-gone', 'credits/refusing', 'credits/failing', 'credits/emulator'],
  ...['cli/gateway', 'item/forgotten', 'postgres/compose-stack', 'batch/run', 'payloads/end-to-end'],
  ...[
    'batch/chaos',
    'cli/stop-signals',
    'batch/cannot-begin',
    'upgrade/batch',
    'batch/property',
    'activities/store/s3-servers',
  ],
  ...['batch/stuck-page', 'batch/wrong-folder', 'credits/second-provider', 'batch/terminated-sums'],
  ...['batch/continue-as-new', 'gateway/lost-answer', 'cli/dev', 'cli/generate', 'client/no-server', 'item/outcomes'],
  ...['batch/cli', 'item/killed-server', 'cli/store-start', 'account/resume', 'chaos/worker-kill'],
  ...[
    'cli/batch-views',
    'cli/demo',
    'package/library',
    'cli/pipes',
    'input/json-files',
    'activities/item/await-unreadable',
  ],
  ...['batch/workflow-per-image', 'batch/dead-page', 'item/long-life', 'batch/redrive-terminated'],
  ...[
    'chaos/premature-query',
    'domain/batch/batch-schedule',
    'domain/account/account-state',
    'batch/reset',
    'activities/store/contract',
  ],
  ...['item/unreadable-jobs', 'item/published-codes', 'input/any-file', 'cli/rescue'],
  ...[
    'gateway/api-contract',
    'batch/foreign-names',
    'domain/account/account-queue',
    'domain/pace/pace-limits',
    'gateway/temporal',
  ],
  ...['item/inline-images', 'activities/item/download', 'item/cancellation', 'account/status'],
].map((name) => path.join(__dirname, `${name}.test.ts`));

const missing = SLOW.filter((file) => !existsSync(file));
if (missing.length > 0) throw new Error(`${__filename} names files that are not there: ${missing.join(', ')}`);

class SlowFirst extends Sequencer {
  sort(tests) {
    const isSlow = ({ path: file }) => SLOW.includes(file);
    const slow = tests.filter(isSlow).sort((one, other) => SLOW.indexOf(one.path) - SLOW.indexOf(other.path));
    return [...slow, ...super.sort(tests.filter((test) => !isSlow(test)))];
  }
}

module.exports = SlowFirst;
