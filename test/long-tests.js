/**
 * The files that `npm test` leaves to `npm run test:long`, so that it ends within ten minutes: what crashes, outages and
 * races leave behind, and what only time shows. What a change breaks first, each command and each door, is in `npm test`.
 */
const { existsSync } = require('node:fs');
const path = require('node:path');

const LONG_TESTS_BY_SUBJECT = {
  'a real browser, and a hundred open pages': `
    dashboard/in-browser dashboard/items-in-browser dashboard/account-in-browser dashboard/start-in-browser
    dashboard/batch-items dashboard/watches`,
  'runs and changes of items over HTTP': 'gateway/changes',
  'many items, operators or seeds': `
    account/full-size account/hours account/operators batch/chaos batch/foreign-names batch/photo-folder batch/property
    batch/steps chaos/suite gateway/lists package/library`,
  'a provider that fails, does not answer, or has no credits left': `
    account/answers-lost account/budget account/holds account/operation-outage account/resume
    activities/item/await-unreadable credits/balance-low credits/emulator credits/failing credits/refusing
    item/published-codes item/unreadable-jobs`,
  'a store that is away, or another one': `
    activities/store/s3-servers worker/behind-proxy worker/key-file batch/cannot-begin batch/store-away batch/store-gone batch/wrong-folder
    cli/store-removed cli/store-start`,
  'a Temporal server that is killed, restored or missing': `
    batch/reset cli/moved-server client/no-server item/forgotten item/killed-server postgres/compose-stack
    temporal-server/orphans`,
  'notifications: changes, doors, receivers that are down, fail or hang': `
    notifications/changes notifications/doors notifications/lives notifications/receivers`,
  'workers that die, stop, are cut off or missing, and lost tasks': `
    batch/cut-off batch/dead-page batch/orphaned-page batch/steps-killed batch/stuck-page chaos/premature-query
    chaos/worker-kill chaos/workflow-task-timeout cli/delete cli/no-worker cli/stop-signals item/lost-task item/recipes-killed
    item/uploads batch/uploads-ahead batch/slow-results`,
  'terminated workflows, two starts with one id, long lives, upgrades': `
    batch/continue-as-new batch/delete batch/redrive-terminated batch/steps-lost batch/sample-runs batch/terminated-sums
    batch/workflow-per-image cli/redrive gateway/api-fuzz gateway/lost-answer item/long-life races/one-id
    upgrade/batch`,
  'callers in other namespaces': 'docs/contract-schemas nexus/commands nexus/service temporal-clients/go-java',
};

const LONG_TESTS = Object.values(LONG_TESTS_BY_SUBJECT).flatMap((names) => names.trim().split(/\s+/));

/** Their bars depend on the machine's pace: times, and refusals until a hold is known. They need a machine without other work: `npm run test:full`. */
const TIMED_TESTS = ['account/limits', 'account/outage', 'account/shares'];

const missing = [...LONG_TESTS, ...TIMED_TESTS].filter((name) => !existsSync(path.join(__dirname, `${name}.test.ts`)));
if (missing.length > 0) throw new Error(`${__filename} names files that are not there: ${missing.join(', ')}`);

module.exports = { LONG_TESTS, TIMED_TESTS };
