/** Slow files first, so that none of them runs alone at the end; a fresh clone knows no durations, by which jest would sort. */
const { existsSync } = require('node:fs');
const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');
const { LONG_TESTS, TIMED_TESTS } = require('./long-tests');

/** Those that took longer than 20 s in a whole run, the slowest first. Their order is all that matters, not the figure. */
const SLOW = `
  item/uploads cli/redrive batch/stuck-page credits/failing account/answers-lost item/lost-task account/holds batch/control
  batch/steps credits/emulator credits/refusing batch/run races/one-id account/budget cli/no-worker package/library
  batch/store-away cli/gateway item/forgotten postgres/compose-stack payloads/end-to-end cli/stop-signals batch/library
  account/operation-outage cli/demo cli/batch-views batch/store-gone batch/chaos cli/generate domain/account/account-state
  batch/cut-off cli/dev item/operations input/json-files gateway/api-contract item/outcomes cli/confirm cli/rescue
  domain/batch/batch-schedule cli/folder-batch cli/pipes package/types cli/doctor-live input/any-file
  activities/store/contract activities/store/s3-end-to-end batch/workflow-per-image cli/setup`
  .trim()
  .split(/\s+/);
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
