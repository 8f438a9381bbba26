/**
 * The governor of an account: discovers how much the provider accepts, divides it among the holders, and holds all of
 * them when the account cannot submit. Never ends, and spends history only on incoming messages.
 */

import {
  allHandlersFinished,
  condition,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { nextTickAt } from '../domain/account/account-clock';
import { describeAccount } from '../domain/account/account-details';
import { findOccurrence, setReceiver } from '../domain/account/account-notices';
import { computeAskAgainMs } from '../domain/account/account-queue';
import { setBounds, setDayCap } from '../domain/account/account-settings';
import { type AccountState, markSeen, newAccount, reclaimPermits } from '../domain/account/account-state';
import { type AccountStatus, toAccountStatus } from '../domain/account/account-status';
import { applyReport } from '../domain/account/apply-report';
import { setHoldBelow } from '../domain/account/balance-hold';
import { dividePermits } from '../domain/account/divide-permits';
import { applyStoreReport, applyTime, holdAccount, resumeAccount } from '../domain/account/hold-transitions';
import type { Holder } from '../domain/account/holder';
import { findHoursProblem, type GivenHours, refreshHoursAt } from '../domain/account/hours';
import { setHours } from '../domain/account/open-hours';
import { findRejection } from '../domain/account/rejections';
import { findInputProblems, GOVERNOR_INPUT_CHECKS, type InputChecks } from '../domain/batch/input-checks';
import { findBoundsProblem, findDayCapProblem, findReasonProblem } from '../domain/batch/settings-checks';
import type { HoldNotice } from '../domain/failures/hold-codes';
import { refuseInput, refuseProblems } from '../domain/item/application-failure';
import type { AskAnswer, AskRequest, PermitAsk } from '../domain/leases/governor-protocol';
import { isProbeGrant, toItemReport } from '../domain/leases/governor-protocol';
import { findHoldBelowProblem } from '../domain/money/balance';
import { toEvent } from '../domain/notifications/notification';
import { findAddressProblem, toReceiver } from '../domain/notifications/notify-options';
import { NO_BOUNDS } from '../domain/pace/pace';
import {
  type AccountInput,
  accountStatusQuery,
  grantSignal,
  holdAccountUpdate,
  holderReportSignal,
  NOTIFY_MEMO,
  requestPermitsUpdate,
  resumeAccountUpdate,
  setAccountBudgetUpdate,
  setAccountHoursUpdate,
  setAccountLimitsUpdate,
  setAccountNotifyUpdate,
  setHoldBelowUpdate,
  storeReportSignal,
} from '../messages';
import { startNotification } from '../notifications/start-notification';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { trySignal } from '../temporal/try-signal';
import { accountActivities } from './account-activities';

/** Silence after which a holder is checked, in ms. */
const AUDIT_MS = 30_000;

/** Maximum messages sent concurrently. */
const MAX_SENDING = 200;
/** Maximum holders checked at once: each costs a server call and an id in the history. */
const MAX_AUDITED = 100;

/** Holders with a permit that have not reported since then, longest silent first. */
function findSilentHolders({ holders }: AccountState, since: number): readonly string[] {
  return holders
    .filter(({ lastSeenAt }) => lastSeenAt <= since)
    .sort((one, other) => one.lastSeenAt - other.lastSeenAt)
    .slice(0, MAX_AUDITED)
    .map(({ id }) => id);
}

/** One check per field; the type makes the list complete. */
const CHECKS: Readonly<Record<keyof AccountInput, InputChecks[string]>> = GOVERNOR_INPUT_CHECKS;

/** Grants permits to all holders of an account, discovers its limits, holds it. One per account; never ends. */
export async function imagePipelineAccount(input: AccountInput): Promise<void> {
  refuseProblems(findInputProblems(CHECKS, input));
  const governor = new Governor(input);
  governor.listen();
  await governor.run();
}

class Governor {
  private state: AccountState;
  private dirty = true;
  /** Grants being delivered, and notifications being started. */
  private notifying = 0;
  /** Of these, grants already handed to Temporal. */
  private sending = 0;

  constructor(private readonly input: AccountInput) {
    this.state = input.carried ?? newAccount(input.bounds ?? NO_BOUNDS, Date.now());
  }

  listen(): void {
    const { account } = this.input;
    const status = () => toAccountStatus(account, this.state);
    const change = (state: AccountState) => {
      this.apply(state);
      return status();
    };
    setHandler(accountStatusQuery, status, { description: 'Limits, holders, hold and recent decisions' });
    setHandler(holderReportSignal, (report) => {
      if (report.bounds !== null) this.apply(setBounds(this.state, 'settings', report.bounds, Date.now()));
      this.apply(applyReport(this.state, report, Date.now()));
    });
    setHandler(storeReportSignal, ({ problem }) => this.apply(applyStoreReport(this.state, problem, Date.now())), {
      description: 'From a worker: whether results can be stored',
    });
    setHandler(requestPermitsUpdate, (request) => this.answerRequests(request), {
      description: 'From a worker: permit requests of single items',
    });
    setHandler(holdAccountUpdate, (reason) => change(holdAccount(this.state, reason ?? '', Date.now())), {
      description: 'Stops all submissions until "resume"; jobs in flight are collected. Takes a reason.',
      validator: (reason: unknown) => refuseInput('reason', findReasonProblem(reason)),
    });
    setHandler(resumeAccountUpdate, () => change(resumeAccount(this.state, Date.now())), {
      description:
        'Resumes. After a refusal of the account, one item probes first; if it is refused too, the hold returns.',
    });
    setHandler(setAccountBudgetUpdate, (cap) => change(setDayCap(this.state, cap, Date.now())), {
      description: 'Sets the budget per day (UTC), for example { "submissions": 1000, "cost": null }.',
      validator: (cap: unknown) => refuseInput('budget', findDayCapProblem(cap)),
    });
    setHandler(setHoldBelowUpdate, (bounds) => change(setHoldBelow(this.state, bounds, Date.now())), {
      description: 'Sets the balance below which the account is held, for example { "usd": 5, "credits": null }.',
      validator: (bounds: unknown) => refuseInput('holdBelow', findHoldBelowProblem(bounds)),
    });
    setHandler(setAccountHoursUpdate, async (hours) => change(await this.toHours(hours)), {
      description:
        'Sets the hours of the day in which it spends, for example { "windows": ["22:00-06:00"], "timezone": "UTC" }, or null.',
      validator: (hours: unknown) => refuseInput('hours', findHoursProblem(hours)),
    });
    setHandler(setAccountNotifyUpdate, (url) => change(this.setReceiver(url)), {
      description: 'Sets the https address that receives a signed POST when the account is held and resumed, or null.',
      validator: (url: unknown) => refuseInput('notify', url === null ? null : findAddressProblem(url)),
    });
    setHandler(
      setAccountLimitsUpdate,
      (bounds) => change(setBounds(this.state, 'request', { ...this.state.bounds.request, ...bounds }, Date.now())),
      {
        description: 'Sets upper bounds, for example { "maxConcurrency": 12, "maxRate": null }.',
        validator: (bounds: unknown) => refuseInput('limit', findBoundsProblem(bounds)),
      },
    );
  }

  async run(): Promise<void> {
    if (this.input.carried === undefined) await accountActivities.requestRegistrations(this.input.account);
    void this.watchHolders();
    void this.watchTime();
    void this.watchHours();
    for (;;) {
      await condition(() => this.dirty);
      this.dirty = false;
      this.notifyAll(this.dividePermits());
      const status = toAccountStatus(this.input.account, this.state);
      setCurrentDetails(describeAccount(status));
      this.notifyReceiver(status);
      if (workflowInfo().continueAsNewSuggested && !this.dirty) await this.rollOver();
    }
  }

  /**
   * Answers immediately; a granted permit needs no further message. Permits are divided once for all combined requests.
   */
  private answerRequests({ asks, bounds }: AskRequest): readonly AskAnswer[] {
    this.apply(setBounds(this.state, 'settings', bounds, Date.now()));
    const notices = asks.map((ask) => this.admit(ask));
    const notify = this.dividePermits();
    const asking = new Set(asks.map(({ holder }) => holder));
    this.notifyAll(notify.filter(({ id }) => !asking.has(id)));
    const granted = new Map(notify.map((holder) => [holder.id, holder]));
    const askAgainMs = computeAskAgainMs(this.state.queue);
    return asks.map(({ holder }, index) => toAnswer(notices[index] ?? null, granted.get(holder), askAgainMs));
  }

  /** Returns the reason for a rejection; `null` if the request was admitted. */
  private admit(ask: PermitAsk): HoldNotice | null {
    const notice = ask.waits ? null : findRejection(this.state, ask, Date.now());
    const { holder, waits, operation } = ask;
    if (notice === null) this.apply(applyReport(this.state, toItemReport(holder, waits, operation), Date.now()));
    return notice;
  }

  private apply(state: AccountState): void {
    if (state === this.state) return;
    this.state = state;
    this.dirty = true;
  }

  /** Open times are computed by an activity, because workflow code cannot rely on the rules of time zones. */
  private async toHours(hours: GivenHours | null): Promise<AccountState> {
    if (hours === null) return setHours(this.state, null, Date.now());
    const { windows, timezone = 'UTC' } = hours;
    const times = await accountActivities.computeHours({ windows, timezone });
    return setHours(this.state, { windows, timezone, ...times }, Date.now());
  }

  /** Computes the next open times, once a day. */
  private async watchHours(): Promise<void> {
    const dueAt = () => (this.state.hours === undefined ? null : refreshHoursAt(this.state.hours));
    for (;;) {
      await condition(() => dueAt() !== null);
      const at = dueAt() ?? 0;
      const isOther = () => dueAt() !== at;
      if (await condition(isOther, Math.max(1, at - Date.now()), { summary: 'next open hours' })) continue;
      const { hours } = this.state;
      if (hours === undefined) continue;
      const { windows, timezone } = hours;
      const times = await accountActivities.computeHours({ windows, timezone });
      // They may have been changed meanwhile.
      if (this.state.hours === hours || this.state.hours?.windows === windows)
        this.apply(setHours(this.state, { windows, timezone, ...times }, Date.now()));
    }
  }

  private setReceiver(url: string | null): AccountState {
    upsertMemo({ [NOTIFY_MEMO]: url === null ? null : toReceiver(url) });
    return setReceiver(this.state, url);
  }

  /** Does not wait for the delivery. */
  private notifyReceiver(status: AccountStatus): void {
    const { notices: before } = this.state;
    const found = before === undefined ? null : findOccurrence(before, status);
    if (found === null) return;
    const { occurrence, notices } = found;
    this.state = { ...this.state, notices };
    const event = toEvent(occurrence, workflowInfo().firstExecutionRunId, notices.count, new Date().toISOString());
    this.notifying += 1;
    void startNotification(notices.url, { kind: 'account', id: this.input.account }, event).then(() => {
      this.notifying -= 1;
    });
  }

  private dividePermits(): readonly Holder[] {
    const { state, notify } = dividePermits(this.state, Date.now());
    this.state = state;
    return notify;
  }

  private notifyAll(holders: readonly Holder[]): void {
    for (const holder of holders) void this.notify(holder);
  }

  private async notify({ id, lastGrant }: Holder): Promise<void> {
    if (lastGrant === null) return;
    this.notifying += 1;
    try {
      await this.untilSendable();
      const isDelivered = await trySignal(id, grantSignal, lastGrant);
      if (!isDelivered) this.apply(reclaimPermits(this.state, [id], Date.now()));
    } finally {
      this.notifying -= 1;
      this.sending = Math.max(0, this.sending - 1);
    }
  }

  /**
   * Limits concurrent messages: Temporal accepts a few thousand at a time, and a hold may have to reach every holder.
   */
  private async untilSendable(): Promise<void> {
    if (this.sending >= MAX_SENDING) await condition(() => this.sending < MAX_SENDING);
    this.sending += 1;
  }

  /** Handles what time alone changes: due probes, and rotation while there are fewer permits than batches. */
  private async watchTime(): Promise<void> {
    for (;;) {
      await condition(() => this.nextTickAt() !== null);
      const wakeAt = this.nextTickAt() ?? 0;
      const isSooner = () => (this.nextTickAt() ?? Number.POSITIVE_INFINITY) < wakeAt;
      if (await condition(isSooner, Math.max(1, wakeAt - Date.now()), { summary: 'next probe or rotation' })) continue;
      this.state = applyTime(this.state, Date.now());
      this.dirty = true;
    }
  }

  private nextTickAt(): number | null {
    return nextTickAt(this.state, Date.now());
  }

  /** Reclaims permits of holders that ended without a report. Idle while nothing is in flight. */
  private async watchHolders(): Promise<void> {
    const { auditMs = AUDIT_MS } = this.input;
    for (;;) {
      await condition(() => this.state.holders.some(({ held }) => held > 0));
      await sleep(auditMs, { summary: 'check silent holders' });
      const now = Date.now();
      const silent = findSilentHolders(this.state, now - auditMs);
      if (silent.length === 0) continue;
      const ended = await accountActivities.findEndedHolders(silent);
      this.apply(reclaimPermits(markSeen(this.state, silent, Date.now()), ended, Date.now()));
    }
  }

  private async rollOver(): Promise<void> {
    await condition(() => allHandlersFinished() && this.notifying === 0);
    // A request may have arrived between the two checks, and its answer is pending.
    if (this.dirty || this.notifying > 0) return;
    await continueWithMemo<typeof imagePipelineAccount>({ ...this.input, carried: this.state });
  }
}

function toAnswer(hold: HoldNotice | null, holder: Holder | undefined, askAgainMs: number): AskAnswer {
  if (hold !== null) return { answer: 'held', isProbe: false, hold, askAgainMs: 0 };
  const grant = holder?.lastGrant ?? null;
  const isProbe = grant !== null && isProbeGrant(grant);
  const isGranted = holder !== undefined && holder.permits > 0;
  return isGranted
    ? { answer: 'granted', isProbe, hold: null, askAgainMs: 0 }
    : { answer: 'queued', isProbe, hold: null, askAgainMs };
}
