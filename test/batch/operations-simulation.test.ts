/**
 * A governor, batches with rows of several operations and their pages, with messages that take time, while operations
 * break and recover. Held operations are only probed, one item at a time; the others never wait for them; and when all
 * operations work again, every item is made.
 */
import fc from 'fast-check';
import {
  applyGrant,
  applyPageLeaseReport,
  applyPageReport,
  clearFeedback,
} from '../../workflows/domain/batch/apply-reports';
import { type BatchSchedule, isFinished, newSchedule, sumTally } from '../../workflows/domain/batch/batch-schedule';
import { toBatchState } from '../../workflows/domain/batch/batch-state';
import { toHolderReport } from '../../workflows/domain/batch/holder-report';
import { plan } from '../../workflows/domain/batch/plan';
import { RunningPage } from '../../workflows/domain/batch/running-page';
import { tallyRow } from '../../workflows/domain/batch/tally';
import { NEW_RECORD, toProgress } from '../../workflows/domain/item/item-record';
import type { PermitRequest } from '../../workflows/domain/item/permits';
import { NO_FEEDBACK } from '../../workflows/domain/leases/feedback';
import { type HolderReport, toItemReport } from '../../workflows/domain/leases/governor-protocol';
import { newOutage } from '../../workflows/domain/leases/operation-feedback';
import {
  countGrant,
  type LastHolderReport,
  NEVER_REPORTED,
  shouldReport,
  toLastHolderReport,
} from '../../workflows/domain/leases/report-throttle';
import { Governor } from '../domain/account/governor';

const LATENCY_MS = 20;
const JOB_MS = 1_000;
const FAILURE_MS = 100;
const PAGE_REPORT_MS = 5_000;
const CODE = 'MODEL_UNAVAILABLE';

interface Submission {
  readonly at: number;
  readonly operation: string;
  readonly isProbe: boolean;
  readonly failed: boolean;
}

/** Virtual time: what is due runs in its order, and promises settle in between. */
class Agenda {
  now: number;
  private due: { readonly at: number; readonly run: () => void }[] = [];

  constructor(start: number) {
    this.now = start;
  }

  after(ms: number, run: () => void): void {
    this.due.push({ at: this.now + ms, run });
  }

  /** @returns whether something was due before `endAt` */
  async step(endAt: number): Promise<boolean> {
    const next = this.due.reduce<(typeof this.due)[number] | null>(
      (first, entry) => (first === null || entry.at < first.at ? entry : first),
      null,
    );
    if (next === null || next.at > endAt) return false;
    this.due = this.due.filter((entry) => entry !== next);
    this.now = Math.max(this.now, next.at);
    next.run();
    for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
    return true;
  }
}

class World {
  readonly governor = new Governor(({ id, lastGrant }) => {
    if (lastGrant !== null) this.agenda.after(LATENCY_MS, () => this.onGrant(id, lastGrant));
  });
  readonly agenda = new Agenda(this.governor.now);
  readonly down = new Set<string>();
  readonly submissions: Submission[] = [];
  readonly batches = new Map<string, SimulatedBatch>();
  /** Single items by id, with their operation. */
  readonly items = new Map<string, string>();

  constructor() {
    this.tick();
  }

  /** The governor hears of it after its way. */
  tell(report: HolderReport): void {
    this.agenda.after(LATENCY_MS, () => this.hear(() => this.governor.report(report)));
  }

  hear(act: () => void): void {
    this.governor.now = this.agenda.now;
    act();
  }

  addItem(id: string, operation: string): void {
    this.items.set(id, operation);
    this.hear(() => this.governor.ask(id, true, false, operation));
  }

  /** @returns whether it failed */
  submit(operation: string, isProbe: boolean): boolean {
    const failed = this.down.has(operation);
    this.submissions.push({ at: this.agenda.now, operation, isProbe, failed });
    return failed;
  }

  /** Whether everything was made and nothing is held. */
  get isDone(): boolean {
    const isOver = [...this.batches.values()].every((batch) => batch.isOver) && this.items.size === 0;
    return isOver && Object.keys(this.governor.state.operationHolds).length === 0;
  }

  /** @param isEnough ends it early */
  async run(ms: number, isEnough = () => false): Promise<void> {
    const endAt = this.agenda.now + ms;
    while (!isEnough() && (await this.agenda.step(endAt))) for (const batch of this.batches.values()) batch.settle();
    if (!isEnough()) this.agenda.now = endAt;
  }

  private tick(): void {
    this.agenda.after(250, () => {
      this.hear(() => this.governor.passIfDue());
      for (const batch of this.batches.values()) batch.settle();
      this.tick();
    });
  }

  private onGrant(id: string, grant: NonNullable<Parameters<SimulatedBatch['hear']>[0]>): void {
    const operation = this.items.get(id);
    if (operation === undefined) this.batches.get(id)?.hear(grant);
    else if (grant.permits > 0) this.makeItem(id, operation);
  }

  private makeItem(id: string, operation: string): void {
    const failed = this.submit(operation, this.governor.isProbe(id));
    const fault = { ...NO_FEEDBACK, accepted: 1, operations: newOutage(operation, CODE, null) };
    const feedback = failed ? fault : { ...NO_FEEDBACK, accepted: 1, completed: 1 };
    this.agenda.after(failed ? FAILURE_MS : JOB_MS, () => {
      this.hear(() =>
        this.governor.report({ ...toItemReport(id, true, operation), wants: 0, leaving: true, feedback }),
      );
      if (!failed) this.items.delete(id);
      else this.agenda.after(JOB_MS, () => this.hear(() => this.governor.ask(id, true, false, operation)));
    });
  }
}

class SimulatedBatch {
  schedule: BatchSchedule;
  private last: LastHolderReport = NEVER_REPORTED;
  private readonly pages = new Map<number, RunningPage>();
  private readonly reportedAt = new Map<number, number>();

  constructor(
    private readonly world: World,
    readonly id: string,
    private readonly parts: readonly (readonly string[])[],
  ) {
    this.schedule = newSchedule({ parts: parts.map(({ length }) => length) });
  }

  get isOver(): boolean {
    return isFinished(this.schedule);
  }

  hear(grant: Parameters<typeof applyGrant>[1]): void {
    this.last = countGrant(this.last, grant);
    this.schedule = applyGrant(this.schedule, grant);
    this.settle();
  }

  /** Sends what is due: reports of pages, grants to pages, the report to the governor. */
  settle(): void {
    for (const [part, page] of this.pages) this.collect(part, page);
    const { schedule, commands } = plan(this.schedule);
    this.schedule = schedule;
    for (const { part, grant, do: kind } of commands) {
      if (kind === 'open-page') this.open(part, grant);
      else this.world.agenda.after(LATENCY_MS, () => this.pages.get(part)?.applyGrant(grant));
    }
    const report = { ...toItemReport(this.id), ...toHolderReport(this.schedule, this.isOver) };
    if (!shouldReport(this.last, report, this.schedule.grant, this.world.agenda.now)) return;
    this.last = toLastHolderReport(this.last, report, this.schedule.grant, this.world.agenda.now);
    this.schedule = clearFeedback(this.schedule);
    this.world.tell(report);
  }

  private collect(part: number, page: RunningPage): void {
    const { agenda } = this.world;
    page.isFinished = page.items.openItems === 0;
    const isDue = agenda.now - (this.reportedAt.get(part) ?? 0) >= PAGE_REPORT_MS;
    if (page.isFinished || page.isReportWorthwhile || (isDue && page.hasNews)) {
      if (!page.hasNews && !page.isFinished) return;
      this.reportedAt.set(part, agenda.now);
      const { report } = page.takeReport(part);
      if (report.done) this.pages.delete(part);
      this.schedule = applyPageReport(this.schedule, report);
    } else if (page.feedback.isUrgent()) {
      this.schedule = applyPageLeaseReport(this.schedule, page.feedback.take(part));
    }
  }

  private open(part: number, grant: ConstructorParameters<typeof RunningPage>[0]): void {
    const { agenda } = this.world;
    const page: RunningPage = new RunningPage(grant, undefined, {
      now: () => agenda.now,
      wakeIn: (ms) => agenda.after(ms, () => page.permits.onWake()),
    });
    this.pages.set(part, page);
    (this.parts[part] ?? []).forEach((operation, index) => {
      const key = `${part}-${index}`;
      page.items.add(key, NEW_RECORD, [{ operation, price: 0 }]);
      void this.runItem(page, key, { again: false, operation, price: 0, deadlineAt: null });
    });
  }

  private async runItem(page: RunningPage, key: string, permitRequest: PermitRequest): Promise<void> {
    const { permits, items } = page;
    for (;;) {
      items.change(key, toProgress(NEW_RECORD, 'waiting', null), NEW_RECORD);
      const decision = await permits.acquire(permitRequest);
      if (!decision.go) return;
      items.change(key, toProgress(NEW_RECORD, 'running', null), NEW_RECORD);
      const failed = this.world.submit(permitRequest.operation, decision.isProbe);
      permits.onAccepted(permitRequest);
      await new Promise<void>((resolve) => this.world.agenda.after(failed ? FAILURE_MS : JOB_MS, resolve));
      const fault = { ...NO_FEEDBACK, operations: newOutage(permitRequest.operation, CODE, 'the model is away') };
      const feedback = failed ? fault : { ...NO_FEEDBACK, completed: 1 };
      if (!failed) items.close([key], tallyRow({ outcome: 'succeeded', code: null, submissions: [] }));
      else items.change(key, toProgress(NEW_RECORD, 'waiting', null), NEW_RECORD);
      permits.release(permitRequest, {
        billingOutcome: failed ? 'failed' : 'charged',
        feedback,
        isReleasedEarly: false,
      });
      if (!failed) return;
    }
  }
}

const OPERATIONS = ['generate/image', 'generate/video', 'edit/image'] as const;
const operation = fc.constantFrom(...OPERATIONS);

const script = fc.record({
  batches: fc.array(fc.array(fc.array(operation, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 3,
  }),
  items: fc.array(operation, { maxLength: 6 }),
  steps: fc.array(
    fc.record({ operation, isDown: fc.boolean(), resumes: fc.boolean(), ms: fc.integer({ min: 100, max: 8_000 }) }),
    { maxLength: 6 },
  ),
});

test('whatever breaks and recovers, every item is made when all operations work again', async () => {
  await fc.assert(
    fc.asyncProperty(script, async ({ batches, items, steps }) => {
      const world = new World();
      batches.forEach((parts, index) => {
        const batch = new SimulatedBatch(world, `batch-${index}`, parts);
        world.batches.set(batch.id, batch);
        batch.settle();
      });
      for (const [index, name] of items.entries()) world.addItem(`item-${index}`, name);
      for (const { operation: name, isDown, resumes, ms } of steps) {
        if (isDown) world.down.add(name);
        else world.down.delete(name);
        if (resumes) world.hear(() => world.governor.resume());
        await world.run(ms);
      }
      world.down.clear();
      // The longest interval of probes, and the time of all jobs.
      await world.run(600_000, () => world.isDone);
      const open = [...world.batches.values()].filter(({ isOver }) => !isOver);
      expect(open.map(({ schedule }) => sumTally(schedule).counts)).toEqual([]);
      expect(world.items.size).toBe(0);
      expect(world.governor.state.operationHolds).toEqual({});
    }),
    { numRuns: 25 },
  );
});

describe('while one operation is down', () => {
  const rows = (count: number, name: string) => Array.from({ length: count }, () => name);
  const between = ({ submissions }: World, name: string, from: number, to: number) =>
    submissions.filter(({ operation: own, at }) => own === name && at >= from && at < to);

  test('a batch of another makes its items as fast as without it, and the held one is probed one at a time', async () => {
    const makeAll = async (isDown: boolean) => {
      const world = new World();
      if (isDown) world.down.add('generate/video');
      const images = new SimulatedBatch(world, 'images', [rows(200, 'generate/image')]);
      const clips = new SimulatedBatch(world, 'clips', [rows(200, 'generate/video')]);
      for (const batch of isDown ? [images, clips] : [images]) world.batches.set(batch.id, batch);
      for (const batch of world.batches.values()) batch.settle();
      const begunAt = world.agenda.now;
      while (!images.isOver) await world.run(100);
      return { world, clips, tookMs: world.agenda.now - begunAt };
    };
    const alone = await makeAll(false);
    const beside = await makeAll(true);
    expect(beside.tookMs).toBeLessThan(alone.tookMs * 1.5 + 2_000);
    const { world, clips } = beside;
    await world.run(60_000);
    expect(toBatchState(clips.schedule)).toBe('paused');
    const { now } = world.agenda;
    const probes = between(world, 'generate/video', now - 60_000, now);
    expect(probes.every(({ isProbe }) => isProbe)).toBe(true);
    expect(probes.length).toBeGreaterThan(0);
    expect(probes.length).toBeLessThanOrEqual(6);
  });

  test('a mixed batch goes on with its other items, also those of later pages, and with the rest afterwards', async () => {
    const world = new World();
    world.down.add('generate/video');
    const parts = [rows(100, 'generate/video'), [...rows(50, 'generate/video'), ...rows(50, 'generate/image')]];
    const mixed = new SimulatedBatch(world, 'mixed', parts);
    world.batches.set(mixed.id, mixed);
    mixed.settle();
    await world.run(60_000);
    expect(sumTally(mixed.schedule).counts.succeeded).toBe(50);
    expect(toBatchState(mixed.schedule)).toBe('paused');
    world.down.clear();
    await world.run(400_000, () => world.isDone);
    expect(mixed.isOver).toBe(true);
  });
});
