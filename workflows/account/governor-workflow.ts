/**
 * The governor of an account: finds how much the provider takes, divides it among those who want it, and stops all of
 * them when the account cannot go on. Runs for ever, and spends history only on what is told to it.
 */
import {
  allHandlersFinished,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { accountDetails } from '../domain/account/account-details';
import {
  type AccountState,
  askedBy,
  bounded,
  budgeted,
  type Holder,
  held,
  newAccount,
  nextTickAt,
  refusalFor,
  reported,
  resumed,
  seen,
  settled,
  storeReported,
  ticked,
  vanished,
} from '../domain/account/account-state';
import { accountStatus } from '../domain/account/account-status';
import { findInputProblems, GOVERNOR_INPUT_CHECKS, type InputChecks } from '../domain/batch/input-checks';
import { boundsProblem, dayCapProblem, reasonProblem } from '../domain/batch/settings-checks';
import type { HoldNotice } from '../domain/failures/hold-codes';
import { refuseInput, refuseProblems } from '../domain/item/application-failure';
import type { AskAnswer, AskRequest, PermitAsk } from '../domain/leases/governor-protocol';
import { NO_BOUNDS } from '../domain/pace/pace';
import {
  type AccountGovernorInput,
  accountStatusQuery,
  askUpdate,
  budgetAccountUpdate,
  grantSignal,
  holdAccountUpdate,
  holderReportSignal,
  limitAccountUpdate,
  resumeAccountUpdate,
  storeReportSignal,
} from '../messages';
import { continueWithMemo } from '../temporal/continue-with-memo';
import { accountActivities } from './account-activities';

/** A holder that is silent for this long is looked after. */
const AUDIT_MS = 30_000;

/** Messages that are handed over at once. */
const MAX_SENDING = 200;
/** Holders that are looked after at once: each is a question to the server, and an id in the history. */
const MAX_AUDITED = 100;

/** Those that have a permit and were not heard of since then, the longest silent first. */
function silentHolders({ holders }: AccountState, since: number): readonly string[] {
  return holders
    .filter(({ heardAt }) => heardAt <= since)
    .sort((one, other) => one.heardAt - other.heardAt)
    .slice(0, MAX_AUDITED)
    .map(({ id }) => id);
}

/** One for each field, and none is forgotten. */
const CHECKS: Readonly<Record<keyof AccountGovernorInput, InputChecks[string]>> = GOVERNOR_INPUT_CHECKS;

/** Gives permits to all who submit for an account, finds its limits, holds it. One for each account; never ends. */
export async function accountGovernor(input: AccountGovernorInput): Promise<void> {
  refuseProblems(findInputProblems(CHECKS, input));
  const governor = new Governor(input);
  governor.listen();
  await governor.run();
}

class Governor {
  private state: AccountState;
  private dirty = true;
  /** Grants that are on their way. */
  private telling = 0;
  /** Of these, grants that were handed over. */
  private sending = 0;

  constructor(private readonly input: AccountGovernorInput) {
    // What an earlier version of this code carried may lack parts.
    this.state = { ...newAccount(input.bounds ?? NO_BOUNDS, Date.now()), ...input.carried };
  }

  listen(): void {
    const { account } = this.input;
    const status = () => accountStatus(account, this.state);
    setHandler(accountStatusQuery, status, { description: 'Limits, holders, hold and the last decisions' });
    setHandler(holderReportSignal, (report) => {
      if (report.bounds !== undefined) this.change(bounded(this.state, 'settings', report.bounds, Date.now()));
      this.change(reported(this.state, report, Date.now()));
    });
    setHandler(storeReportSignal, ({ problem }) => this.change(storeReported(this.state, problem, Date.now())), {
      description: 'From a worker that cannot store results, or can again',
    });
    setHandler(askUpdate, (request) => this.askAll(request), {
      description: 'From a worker, for single images that want a permit',
    });
    setHandler(
      holdAccountUpdate,
      (reason) => {
        this.change(held(this.state, reason ?? '', Date.now()));
        return status();
      },
      {
        description: 'Nobody submits anything until "resume"; jobs in flight are collected. Takes a reason.',
        validator: (reason: unknown) => refuseInput('reason', reasonProblem(reason)),
      },
    );
    setHandler(
      resumeAccountUpdate,
      () => {
        this.change(resumed(this.state, Date.now()));
        return status();
      },
      { description: 'Goes on; after a wall one item goes ahead, and if it meets the same, the hold returns.' },
    );
    setHandler(
      budgetAccountUpdate,
      (cap) => {
        this.change(budgeted(this.state, cap, Date.now()));
        return status();
      },
      {
        description: 'What may be spent a day (UTC), for instance { "submissions": 1000, "cost": null }.',
        validator: (cap: unknown) => refuseInput('budget', dayCapProblem(cap)),
      },
    );
    setHandler(
      limitAccountUpdate,
      (bounds) => {
        this.change(bounded(this.state, 'request', { ...this.state.bounds.request, ...bounds }, Date.now()));
        return status();
      },
      {
        description: 'Upper bounds, for instance { "maxConcurrency": 12, "maxRate": null }.',
        validator: (bounds: unknown) => refuseInput('limit', boundsProblem(bounds)),
      },
    );
  }

  async run(): Promise<void> {
    if (this.input.carried === undefined) await accountActivities.callRoll(this.input.account);
    void this.watchHolders();
    void this.watchTime();
    for (;;) {
      await condition(() => this.dirty);
      this.dirty = false;
      this.tellAll(this.settle());
      setCurrentDetails(accountDetails(accountStatus(this.input.account, this.state)));
      if (workflowInfo().continueAsNewSuggested && !this.dirty) await this.goOn();
    }
  }

  /** Answers at once; a permit that it gives needs no further call. Permits are divided once for all who ask together. */
  private askAll({ asks, bounds }: AskRequest): readonly AskAnswer[] {
    this.change(bounded(this.state, 'settings', bounds, Date.now()));
    const notices = asks.map((ask) => this.admit(ask));
    const tell = this.settle();
    const asking = new Set(asks.map(({ holder }) => holder));
    this.tellAll(tell.filter(({ id }) => !asking.has(id)));
    const told = new Map(tell.map((holder) => [holder.id, holder]));
    return asks.map(({ holder }, index) => answerOf(notices[index] ?? null, told.get(holder)));
  }

  /** Why it is refused; `null`: it has asked. */
  private admit(ask: PermitAsk): HoldNotice | null {
    const notice = ask.waits ? null : refusalFor(this.state, ask, Date.now());
    if (notice === null) this.change(reported(this.state, askedBy(ask.holder, ask.waits), Date.now()));
    return notice;
  }

  private change(state: AccountState): void {
    if (state === this.state) return;
    this.state = state;
    this.dirty = true;
  }

  private settle(): readonly Holder[] {
    const { state, tell } = settled(this.state, Date.now());
    this.state = state;
    return tell;
  }

  private tellAll(holders: readonly Holder[]): void {
    for (const holder of holders) void this.tell(holder);
  }

  private async tell({ id, told }: Holder): Promise<void> {
    if (told === null) return;
    this.telling += 1;
    try {
      await this.untilSendable();
      await getExternalWorkflowHandle(id).signal(grantSignal, told);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.change(vanished(this.state, [id], Date.now()));
    } finally {
      this.telling -= 1;
      this.sending = Math.max(0, this.sending - 1);
    }
  }

  /** Temporal takes some thousands of messages at a time, and everybody may have to be told of a hold. */
  private async untilSendable(): Promise<void> {
    if (this.sending >= MAX_SENDING) await condition(() => this.sending < MAX_SENDING);
    this.sending += 1;
  }

  /** What time alone changes: a probe that is due, and turns where there are fewer permits than batches. */
  private async watchTime(): Promise<void> {
    for (;;) {
      await condition(() => this.nextTickAt() !== null);
      const wakeAt = this.nextTickAt() ?? 0;
      const isSooner = () => (this.nextTickAt() ?? Number.POSITIVE_INFINITY) < wakeAt;
      if (await condition(isSooner, Math.max(1, wakeAt - Date.now()), { summary: 'next probe or turn' })) continue;
      this.state = ticked(this.state, Date.now());
      this.dirty = true;
    }
  }

  private nextTickAt(): number | null {
    return nextTickAt(this.state, Date.now());
  }

  /** Holders that ended without a word leave permits that nobody can use. While nothing is in flight nobody watches. */
  private async watchHolders(): Promise<void> {
    const { auditMs = AUDIT_MS } = this.input;
    for (;;) {
      await condition(() => this.state.holders.some(({ held: inHand }) => inHand > 0));
      await sleep(auditMs, { summary: 'look after silent holders' });
      const now = Date.now();
      const silent = silentHolders(this.state, now - auditMs);
      if (silent.length === 0) continue;
      const ended = await accountActivities.findEndedHolders(silent);
      this.change(vanished(seen(this.state, silent, Date.now()), ended, Date.now()));
    }
  }

  private async goOn(): Promise<void> {
    await condition(() => allHandlersFinished() && this.telling === 0);
    // An ask may have come between the two looks, and the answers to others with it.
    if (this.dirty || this.telling > 0) return;
    await continueWithMemo<typeof accountGovernor>({ ...this.input, carried: this.state });
  }
}

function answerOf(hold: HoldNotice | null, told: Holder | undefined): AskAnswer {
  if (hold !== null) return { answer: 'held', isProbe: false, hold };
  const isGranted = told !== undefined && told.granted > 0;
  return { answer: isGranted ? 'granted' : 'queued', isProbe: told?.told?.probe ?? false, hold: null };
}
