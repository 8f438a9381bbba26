/**
 * A provider with hidden limits, a holder of all permits and a governor that owns a pace, in simulated time: signals
 * take their time, finished jobs are noticed late, refused permits stay frozen until the governor's next answer.
 * Everything is drawn from a seed, so that a run is the same every time and nothing in it is timed.
 */

import { SubmissionClock } from '../../../workflows/domain/batch/submission-clock';
import {
  applyPaceReport,
  computeReportThreshold,
  type FoundLimits,
  getRate,
  newPace,
  type Pace,
  type PaceBounds,
} from '../../../workflows/domain/pace/pace';
import { EventQueue, random } from './pace-events';

/** From `atMs` on the provider leaves us so many places. */
export interface Step {
  readonly atMs: number;
  readonly limit: number;
}

export interface Scenario {
  readonly seed: number;
  readonly items: number;
  /** Ends the run before all items are done. */
  readonly untilMs?: number;
  /** Places from the beginning, and changes of them. Default: without end. */
  readonly steps?: readonly Step[];
  /** Submissions per second, with bursts of one second's worth. Default: no limit. */
  readonly ratePerSecond?: number;
  /** Others have used up what the rate limit had saved. Default no. */
  readonly emptied?: true;
  /** Whether refusals say in whole seconds when to come back. Default no. */
  readonly retryAfter?: boolean;
  /** Jobs above the limit are accepted, and fail so many ms later. Default: they are refused. */
  readonly failsAfterMs?: number;
  /** Whether refusals have a code. Default yes. */
  readonly coded?: boolean;
  /** A finished job is noticed late by up to this share of its time. Default 0.02, as with callbacks. */
  readonly notice?: number;
  /** A submission is answered so many ms later, half as many up to one and a half times. Default: at once. */
  readonly answerMs?: number;
  readonly medianMs?: number;
  readonly sigma?: number;
  /** Told the limits: a fixed window and rate instead of a governor. */
  readonly told?: { readonly window: number; readonly ratePerSecond: number | null };
  readonly bounds?: PaceBounds;
  readonly remembered?: FoundLimits;
}

interface Sample {
  readonly at: number;
  readonly window: number;
  readonly rate: number | null;
}

export interface Outcome {
  readonly makespanMs: number;
  /** Makespan ÷ the least time in which these jobs fit into the limits. */
  readonly stretch: number;
  /** Mean of what was really in flight ÷ limit, while work waited, after the first 30 s. */
  readonly used: number;
  /** Share of submissions that were throttled, of the first 30 s and after them. */
  readonly throttled: number;
  readonly throttledLater: number;
  readonly submissions: number;
  readonly accepted: number;
  readonly maxWindow: number;
  readonly maxInFlight: number;
  readonly pace: Pace;
  readonly samples: readonly Sample[];
  readonly decisions: readonly string[];
}

const SEARCH_MS = 30_000;
const SPACING_MS = 5;
/** As pages do: after so many refusals in a row all permits are frozen. */
const MAX_REFUSED_IN_A_ROW = 2;
const REPORT_EVERY_MS = 5_000;
/** A script that was told the limit backs off like this when it is refused all the same. */
const BACKOFF_MS = 500;

type Verdict = 'accepted' | 'concurrency' | 'rate';

/** What the provider counts. */
class Provider {
  inFlight = 0;
  maxInFlight = 0;
  busyMs = 0;
  roomMs = 0;
  private tokens = Number.POSITIVE_INFINITY;
  private tokensAt = 0;
  private measuredAt = 0;

  constructor(private readonly scenario: Scenario) {
    if (scenario.emptied === true) this.tokens = 0;
  }

  limitAt(now: number): number {
    let limit = Number.POSITIVE_INFINITY;
    for (const step of this.scenario.steps ?? []) if (step.atMs <= now) limit = step.limit;
    return limit;
  }

  /** Books the time since the last event, in which nothing changed. */
  measure(now: number, waiting: boolean): void {
    const from = Math.max(SEARCH_MS, this.measuredAt);
    const limit = this.limitAt(this.measuredAt);
    if (waiting && now > from && Number.isFinite(limit)) {
      this.busyMs += Math.min(limit, this.inFlight) * (now - from);
      this.roomMs += limit * (now - from);
    }
    this.measuredAt = now;
  }

  submit(now: number): { readonly verdict: Verdict; readonly retryAfterMs: number | null } {
    const waitMs = this.takeToken(now);
    if (waitMs > 0) return { verdict: 'rate', retryAfterMs: Math.ceil(waitMs / 1_000) * 1_000 };
    if (this.inFlight >= this.limitAt(now)) return { verdict: 'concurrency', retryAfterMs: 1_000 };
    return { verdict: 'accepted', retryAfterMs: null };
  }

  begin(): void {
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
  }

  private takeToken(now: number): number {
    const { ratePerSecond } = this.scenario;
    if (ratePerSecond === undefined) return 0;
    const filled = this.tokens + ((now - this.tokensAt) / 1_000) * ratePerSecond;
    const tokens = Math.min(Math.max(1, ratePerSecond), filled);
    this.tokensAt = now;
    this.tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1 ? 0 : ((1 - tokens) / ratePerSecond) * 1_000;
  }
}

class Simulation {
  private readonly events = new EventQueue();
  private readonly draw: () => number;
  private readonly provider: Provider;
  private readonly origin = 1_000_000;
  private readonly samples: Sample[] = [];
  private readonly decisions: string[] = [];
  private pace: Pace;
  private waiting: number;
  private left: number;
  private believed = 0;
  private unanswered = 0;
  private frozen = 0;
  private refusedInARow = 0;
  private reportAfter = Number.POSITIVE_INFINITY;
  private permits: number;
  private change = 0;
  private readonly clock = new SubmissionClock({ now: () => this.now, wakeIn: () => undefined });
  private nextSubmit = 0;
  private timer = false;
  private reporting = false;
  private accepted = 0;
  private refused = { concurrency: 0, rate: 0, uncoded: 0 };
  private retryAfterMs: number | null = null;
  private paceSeen = 0;
  private saturated = false;
  private fullTold = -1;
  private jobMs = 0;
  private submissions = 0;
  private totalAccepted = 0;
  private totalRefused = 0;
  private laterSubmissions = 0;
  private laterRefused = 0;
  private maxWindow = 0;

  constructor(private readonly scenario: Scenario) {
    this.draw = random(scenario.seed);
    this.provider = new Provider(scenario);
    this.pace = newPace(scenario.bounds ?? { maxConcurrency: null, maxRate: null }, scenario.remembered);
    this.waiting = scenario.items;
    this.left = scenario.items;
    this.permits = scenario.told?.window ?? this.pace.window.size;
    this.applyRate(scenario.told === undefined ? getRate(this.pace) : scenario.told.ratePerSecond, null);
  }

  run(): Outcome {
    if (this.scenario.told === undefined) this.events.at(REPORT_EVERY_MS, () => this.tick());
    this.events.at(0, () => this.submitAll());
    const until = this.scenario.untilMs ?? Number.POSITIVE_INFINITY;
    while (this.left > 0) {
      const next = this.events.next(until);
      if (next === null) break;
      this.provider.measure(this.events.now, this.waiting > 0);
      next();
    }
    return this.outcome();
  }

  private applyRate(rate: number | null, restUntil: number | null): void {
    this.clock.apply({ spacingMs: rate === null ? null : 1_000 / rate, restUntil });
  }

  private get now(): number {
    return this.events.now;
  }

  private submitAll(): void {
    while (this.waiting > 0 && this.believed + this.unanswered + this.frozen < this.permits) {
      const slot = Math.max(this.nextSubmit, this.now + this.clock.waitMs);
      if (slot > this.now) {
        this.wake(slot);
        return;
      }
      // As pages do: after a refusal, one shows whether the next is accepted.
      if (this.refusedInARow > 0 && this.unanswered > 0) return;
      this.submit();
    }
  }

  private wake(at: number): void {
    if (this.timer) return;
    this.timer = true;
    this.events.at(at, () => {
      this.timer = false;
      this.submitAll();
    });
  }

  private submit(): void {
    this.nextSubmit = this.now + SPACING_MS;
    this.clock.schedule(0);
    this.submissions += 1;
    if (this.now > SEARCH_MS) this.laterSubmissions += 1;
    const { verdict, retryAfterMs } = this.provider.submit(this.now);
    const { failsAfterMs, answerMs } = this.scenario;
    const noticedAt = verdict === 'accepted' ? this.begin() : 0;
    this.answered(answerMs, () => {
      if (verdict === 'accepted') this.accept(noticedAt);
      else if (verdict === 'concurrency' && failsAfterMs !== undefined) this.acceptDoomed(failsAfterMs);
      else this.refuse(verdict, retryAfterMs, this.change);
      if (this.believed >= this.permits && this.waiting > 0) this.becomeFull();
    });
  }

  private answered(answerMs: number | undefined, take: () => void): void {
    if (answerMs === undefined) {
      take();
      return;
    }
    this.unanswered += 1;
    this.waiting -= 1;
    this.events.at(this.now + answerMs * (0.5 + this.draw()), () => {
      this.unanswered -= 1;
      this.waiting += 1;
      take();
      this.submitAll();
    });
  }

  /** When the end of the job is noticed. */
  private begin(): number {
    const { medianMs = 1_500, sigma = 0.3, notice = 0.02 } = this.scenario;
    const normal = Math.sqrt(-2 * Math.log(1 - this.draw())) * Math.cos(2 * Math.PI * this.draw());
    const jobMs = medianMs * Math.exp(sigma * normal);
    this.jobMs += jobMs;
    this.provider.begin();
    this.events.at(this.now + jobMs, () => {
      this.provider.inFlight -= 1;
    });
    return this.now + jobMs * (1 + notice * this.draw());
  }

  private accept(noticedAt: number): void {
    this.book();
    this.events.at(Math.max(this.now, noticedAt), () => {
      this.believed -= 1;
      this.left -= 1;
      this.submitAll();
    });
  }

  private acceptDoomed(failsAfterMs: number): void {
    const paceSeen = this.change;
    this.book();
    this.events.at(this.now + failsAfterMs * (1 + this.draw()), () => {
      this.believed -= 1;
      this.waiting += 1;
      this.refuse('concurrency', null, paceSeen);
      this.submitAll();
    });
  }

  private book(): void {
    this.refusedInARow = 0;
    this.waiting -= 1;
    this.believed += 1;
    this.accepted += 1;
    this.totalAccepted += 1;
    if (this.scenario.told === undefined && this.accepted >= this.reportAfter) this.report();
  }

  private refuse(verdict: 'concurrency' | 'rate', retryAfterMs: number | null, paceSeen: number): void {
    this.totalRefused += 1;
    if (this.now > SEARCH_MS) this.laterRefused += 1;
    this.frozen += 1;
    if (verdict === 'rate') this.clock.spendSavings();
    if (this.scenario.told !== undefined) {
      this.events.at(this.now + BACKOFF_MS, () => this.thaw());
      return;
    }
    if (verdict === 'concurrency' && this.scenario.coded !== false) this.countRefused();
    this.refused[this.scenario.coded === false ? 'uncoded' : verdict] += 1;
    if (this.scenario.retryAfter === true) this.retryAfterMs = Math.max(this.retryAfterMs ?? 0, retryAfterMs ?? 0);
    this.paceSeen = Math.max(this.paceSeen, paceSeen);
    this.report();
  }

  private countRefused(): void {
    this.refusedInARow += 1;
    if (this.refusedInARow >= MAX_REFUSED_IN_A_ROW) this.frozen = Math.max(this.frozen, this.permits);
  }

  private thaw(): void {
    this.frozen = 0;
    this.submitAll();
  }

  private becomeFull(): void {
    this.saturated = true;
    if (this.scenario.told !== undefined || this.fullTold === this.change) return;
    if (this.reporting) return;
    this.fullTold = this.change;
    this.report();
  }

  private tick(): void {
    this.report();
    this.events.at(this.now + REPORT_EVERY_MS, () => this.tick());
  }

  private report(): void {
    if (this.reporting) return;
    this.reporting = true;
    const refusals = { ...this.refused };
    const any = refusals.concurrency + refusals.rate + refusals.uncoded > 0;
    const { accepted, saturated, retryAfterMs } = this;
    const at = this.origin + this.now;
    const report = {
      at,
      inFlight: this.believed,
      unanswered: this.unanswered,
      accepted,
      refusals,
      retryAfterMs,
      saturated,
    };
    const paceSeen = any ? this.paceSeen : this.change;
    Object.assign(this, { accepted: 0, saturated: false, retryAfterMs: null, paceSeen: 0 });
    this.refused = { concurrency: 0, rate: 0, uncoded: 0 };
    this.events.at(this.now + 20 + 180 * this.draw(), () => {
      this.reporting = false;
      const { pace, decision } = applyPaceReport(this.pace, { ...report, paceSeen });
      this.pace = pace;
      if (decision !== null) this.decisions.push(`${(this.now / 1_000).toFixed(1)} s: ${decision}`);
      this.samples.push({ at: this.now, window: pace.window.size, rate: getRate(pace) });
      this.maxWindow = Math.max(this.maxWindow, pace.window.size);
      this.answer();
      if (this.saturated && this.fullTold !== this.change) this.becomeFull();
      if (this.refused.concurrency + this.refused.rate + this.refused.uncoded > 0) this.report();
    });
  }

  private answer(): void {
    const { pace } = this;
    this.events.at(this.now + 20 + 80 * this.draw(), () => {
      if (pace.change < this.change) return;
      this.permits = pace.window.size;
      this.change = pace.change;
      this.reportAfter = computeReportThreshold(pace) ?? Number.POSITIVE_INFINITY;
      this.applyRate(getRate(pace), pace.restUntil === null ? null : pace.restUntil - this.origin);
      this.thaw();
    });
  }

  private outcome(): Outcome {
    const { provider, submissions, now: makespanMs } = this;
    return {
      makespanMs,
      stretch: makespanMs / this.leastMs(),
      used: provider.roomMs === 0 ? Number.NaN : provider.busyMs / provider.roomMs,
      throttled: this.totalRefused / submissions,
      throttledLater: this.laterRefused / Math.max(1, this.laterSubmissions),
      submissions,
      accepted: this.totalAccepted,
      maxWindow: this.maxWindow,
      maxInFlight: provider.maxInFlight,
      pace: this.pace,
      samples: this.samples,
      decisions: this.decisions,
    };
  }

  private leastMs(): number {
    const { items, ratePerSecond, steps = [] } = this.scenario;
    const ofRate = ratePerSecond === undefined ? 0 : ((items - Math.max(1, ratePerSecond)) / ratePerSecond) * 1_000;
    let left = this.jobMs;
    for (const [index, { atMs, limit }] of steps.entries()) {
      const endMs = steps[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      if (left <= (endMs - atMs) * limit) return Math.max(ofRate, atMs + left / limit);
      left -= (endMs - atMs) * limit;
    }
    return ofRate;
  }
}

export function simulate(scenario: Scenario): Outcome {
  return new Simulation(scenario).run();
}
