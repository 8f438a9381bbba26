import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ScheduleDescription } from '@temporalio/client';
import {
  changeSchedule,
  describeSchedule,
  findTriggeredRun,
  type ScheduleStatus,
  type TriggeredRun,
  toStatus,
} from '../../connection/schedules';

/** How long a trigger waits for the server to start the run, in ms; it takes some tens. */
const TRIGGER_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/**
 * A handle of a schedule, created by any process. No method needs a worker. If no server answers, each fails with a
 * `NoServerError`.
 */
export class ScheduleHandle {
  constructor(
    private readonly client: Client,
    readonly id: string,
    /** Whether it had been created before the call that returned this handle. */
    readonly alreadyCreated: boolean = true,
  ) {}

  /** @throws ScheduleNotFoundError, NoServerError */
  async status(): Promise<ScheduleStatus> {
    return toStatus(await describeSchedule(this.client, this.id));
  }

  /** Starts nothing until `resume`. Times that pass meanwhile are not caught up. Running batches continue. */
  pause(note = 'paused by request'): Promise<ScheduleStatus> {
    return this.change((handle) => handle.pause(note));
  }

  /** Starts batches again, from the next scheduled time on. */
  resume(note = 'resumed by request'): Promise<ScheduleStatus> {
    return this.change((handle) => handle.unpause(note));
  }

  /**
   * Starts a run now, which pays for all rows. Also of a paused schedule. The overlap policy applies.
   *
   * @returns the run, also one that an earlier trigger of the same minute has started; `null` if none was started, because an
   * earlier one is running. With a policy that buffers, it starts later
   */
  async trigger(): Promise<TriggeredRun | null> {
    const before = await describeSchedule(this.client, this.id);
    // Without it the SDK triggers by ALLOW_ALL.
    const { overlap } = before.policies;
    await changeSchedule(this.client, this.id, (handle) => handle.trigger(overlap));
    const endAt = Date.now() + TRIGGER_TIMEOUT_MS;
    while (Date.now() < endAt) {
      const now = await describeSchedule(this.client, this.id);
      const run = findTriggeredRun(this.id, before, now);
      if (run !== null) return run;
      if (now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) return null;
      if (isBuffered(now)) return null;
      await sleep(POLL_MS);
    }
    return null;
  }

  /** Deletes the schedule. Its batches stay, and those that run continue. @throws ScheduleNotFoundError, NoServerError */
  async delete(): Promise<void> {
    await changeSchedule(this.client, this.id, (handle) => handle.delete());
  }

  private async change(change: Parameters<typeof changeSchedule>[2]): Promise<ScheduleStatus> {
    await changeSchedule(this.client, this.id, change);
    return this.status();
  }
}

/** Whether a run waits for one that is running. */
function isBuffered({ info, raw }: ScheduleDescription): boolean {
  return info.runningActions.length > 0 && Number(raw.info?.bufferSize ?? 0) > 0;
}
