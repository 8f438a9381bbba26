/** The governor in time, as its workflow has it decide: every event is followed by a division. */
import { nextTickAt } from '../../../workflows/domain/account/account-clock';
import { parseEntry } from '../../../workflows/domain/account/account-queue';
import { type AccountState, newAccount } from '../../../workflows/domain/account/account-state';
import { applyReport } from '../../../workflows/domain/account/apply-report';
import { dividePermits } from '../../../workflows/domain/account/divide-permits';
import { applyTime, resumeAccount } from '../../../workflows/domain/account/hold-transitions';
import type { Holder } from '../../../workflows/domain/account/holder';
import { findRejection } from '../../../workflows/domain/account/rejections';
import type { HolderReport } from '../../../workflows/domain/leases/governor-protocol';
import { isProbeGrant, toItemReport } from '../../../workflows/domain/leases/governor-protocol';

const START = Date.UTC(2026, 0, 1);
const FREE = { maxConcurrency: null, maxRate: null };

type Answer = 'granted' | 'queued' | 'refused';

export class Governor {
  now = START;
  state: AccountState = newAccount(FREE, START);

  /** @param notify called for each grant */
  constructor(private readonly notify: (holder: Holder) => void = () => undefined) {}

  /** A single item asks, as the update does. */
  ask(holder: string, waits: boolean, again = false, operation = 'generate/image'): Answer {
    if (!waits && findRejection(this.state, { holder, again, operation }, this.now) !== null) return 'refused';
    this.report(toItemReport(holder, waits, operation));
    return this.permitsOf(holder) > 0 ? 'granted' : 'queued';
  }

  report(report: HolderReport): this {
    return this.become(applyReport(this.state, report, this.now));
  }

  become(state: AccountState): this {
    const { state: next, notify } = dividePermits(state, this.now);
    this.state = next;
    for (const holder of notify) this.notify(holder);
    return this;
  }

  resume(): this {
    return this.become(resumeAccount(this.state, this.now));
  }

  find(holder: string): Holder | undefined {
    return this.state.holders.find(({ id }) => id === holder);
  }

  permitsOf(holder: string): number {
    return this.find(holder)?.permits ?? 0;
  }

  isProbe(holder: string): boolean {
    const grant = this.find(holder)?.lastGrant ?? null;
    return grant !== null && isProbeGrant(grant);
  }

  get queued(): readonly string[] {
    return this.state.queue.map((entry) => parseEntry(entry).id);
  }

  /** What time alone has brought about by now. */
  passIfDue(): void {
    const at = nextTickAt(this.state, this.now);
    if (at !== null && at <= this.now) this.become(applyTime(this.state, this.now));
  }

  /** Until what time alone brings about; `false`: nothing. */
  passUntilTick(): boolean {
    const at = nextTickAt(this.state, this.now);
    if (at === null) return false;
    this.now = Math.max(this.now, at);
    this.become(applyTime(this.state, this.now));
    return true;
  }
}
