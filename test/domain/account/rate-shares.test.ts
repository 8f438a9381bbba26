/** How a known rate is shared by those who submit, in simulated time: all of it is used, and no more. */

import { SubmissionClock } from '../../../workflows/domain/batch/submission-clock';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { Governor } from './governor';

const TICK_MS = 10;
const RUN_MS = 60_000;
const REPORT_MS = 10_000;
const RATE = 4;

interface TestBatch {
  readonly id: string;
  readonly wants: number;
  readonly weight?: number;
  readonly jobMs: number;
}

/** A batch that submits whenever its permits and its clock allow it. */
class Submitter {
  sent = 0;
  private readonly ends: number[] = [];
  private readonly clock: SubmissionClock;

  constructor(
    private readonly governor: Governor,
    private readonly batch: TestBatch,
  ) {
    this.clock = new SubmissionClock({ now: () => governor.now, wakeIn: () => undefined });
  }

  join(window: number): void {
    const remembered = { concurrency: window, ratePerSecond: RATE, day: null };
    this.governor.report({ ...this.toReport(), isNew: true, remembered });
  }

  report(): void {
    this.governor.report(this.toReport());
  }

  private toReport(): HolderReport {
    const { id, wants, weight = 1 } = this.batch;
    const held = this.ends.length;
    const seen = { held, inFlight: held, grantSeen: this.grant?.number ?? 0, paceSeen: this.grant?.paceChange ?? 0 };
    return { ...toItemReport(id), kind: 'batch', operation: null, wants, weight, ...seen };
  }

  private get grant() {
    return this.governor.find(this.batch.id)?.lastGrant ?? null;
  }

  pass(): void {
    const { governor, ends } = this;
    while (ends[0] !== undefined && ends[0] <= governor.now) ends.shift();
    // As batches do: others may use what it no longer holds.
    if ((governor.find(this.batch.id)?.held ?? 0) > Math.max(ends.length, this.grant?.permits ?? 0)) this.report();
    const { grant } = this;
    if (grant === null) return;
    this.clock.apply(grant);
    if (ends.length >= grant.permits || this.clock.waitMs > 0) return;
    this.clock.schedule(0);
    ends.push(governor.now + this.batch.jobMs);
    this.sent += 1;
  }
}

interface Items {
  readonly everyMs: number;
  readonly jobMs: number;
}

/** Submissions of each batch and of single items in a minute, when every report has been made twice. */
function run(window: number, batches: readonly TestBatch[], items: Items | null = null) {
  const governor = new Governor();
  const submitters = batches.map((batch) => new Submitter(governor, batch));
  for (const submitter of submitters) submitter.join(window);
  const open = new Map<string, number | null>();
  let single = 0;
  for (const start = governor.now; governor.now < start + RUN_MS; governor.now += TICK_MS) {
    const passed = governor.now - start;
    if (items !== null && passed % items.everyMs === 0) {
      const id = `item-${passed}`;
      governor.report(toItemReport(id, true, 'generate/image'));
      open.set(id, null);
    }
    governor.passIfDue();
    for (const [id, endsAt] of open) {
      if (endsAt === null && governor.permitsOf(id) > 0) {
        single += 1;
        open.set(id, governor.now + (items?.jobMs ?? 0));
      }
      if (endsAt !== null && endsAt <= governor.now) {
        open.delete(id);
        governor.report({ ...toItemReport(id, true, 'generate/image'), wants: 0, leaving: true });
      }
    }
    for (const submitter of submitters) {
      if (passed % REPORT_MS === 0) submitter.report();
      submitter.pass();
    }
  }
  const sent = submitters.map((submitter) => submitter.sent);
  return { sent, single, all: sent.reduce((sum, count) => sum + count, 0) + single };
}

/** All of the rate in a minute, and the burst of a second. */
const WHOLE = (RATE * RUN_MS) / 1_000;
const MOST = WHOLE + RATE;

test.each([1, 4, 32, 200])('a batch that has one permit of a window of %i uses the whole rate', (window) => {
  const { all } = run(window, [{ id: 'one', wants: 1, jobMs: 100 }]);
  expect(all).toBeGreaterThanOrEqual(WHOLE * 0.97);
  expect(all).toBeLessThanOrEqual(MOST);
});

test.each([4, 32, 200])('batches share the rate by weight, whatever the window is (%i)', (window) => {
  const { sent, all } = run(window, [
    { id: 'light', wants: 500, weight: 1, jobMs: 100 },
    { id: 'heavy', wants: 500, weight: 3, jobMs: 100 },
  ]);
  expect((sent[1] ?? 0) / (sent[0] ?? 1)).toBeCloseTo(3, 0);
  expect(all).toBeGreaterThanOrEqual(WHOLE * 0.97);
  expect(all).toBeLessThanOrEqual(MOST);
});

test('batches that want few permits of a large window use the whole rate together', () => {
  const { sent, all } = run(100, [
    { id: 'a', wants: 1, jobMs: 50 },
    { id: 'b', wants: 3, jobMs: 50 },
  ]);
  expect(sent[1]).toBeGreaterThan((sent[0] ?? 0) * 2);
  expect(all).toBeGreaterThanOrEqual(WHOLE * 0.97);
  expect(all).toBeLessThanOrEqual(MOST);
});

test.each([
  [100, 2_000],
  [100, 100],
  [500, 2_000],
  [1_000, 500],
  [5_000, 20_000],
])('single items every %i ms, of %i ms each, and a batch never exceed the rate in sum', (everyMs, jobMs) => {
  const { sent, single, all } = run(40, [{ id: 'a', wants: 500, jobMs: 100 }], { everyMs, jobMs });
  expect(all).toBeLessThanOrEqual(MOST);
  expect(all).toBeGreaterThanOrEqual(WHOLE * 0.8);
  expect(single).toBeGreaterThanOrEqual(Math.min(RUN_MS / everyMs, WHOLE / 2) * 0.9);
  expect(sent[0]).toBeGreaterThanOrEqual(WHOLE * 0.4);
});

test('long single items that are in flight leave the rate to a batch', () => {
  const { sent } = run(40, [{ id: 'a', wants: 1, jobMs: 100 }], { everyMs: 30_000, jobMs: 25_000 });
  expect(sent[0]).toBeGreaterThanOrEqual(WHOLE * 0.8);
});
