/** The coordinator's next steps: divides permits, opens pages while there is room, and sends grants. Pure. */
import { isGrantDue, NO_PACING, sharePacing, withGrant } from '../leases/lease';
import type { BatchSchedule, OpenPage } from './batch-schedule';
import { chooseParts, computeLimit, divide, isAhead, sendAhead } from './divide-permits';
import { toPageOperations } from './open-operations';
import { lacksFunds } from './page-funds';
import type { PageGrant } from './page-protocol';

export type Command =
  | { readonly do: 'open-page'; readonly part: number; readonly size: number; readonly grant: PageGrant }
  | { readonly do: 'send-grant'; readonly part: number; readonly grant: PageGrant };

interface Planned {
  readonly schedule: BatchSchedule;
  readonly commands: readonly Command[];
}

/** Gives out free permits, takes back excess ones, opens pages while there is room, and issues grants. */
export function plan(schedule: BatchSchedule): Planned {
  const limit = computeLimit(schedule);
  const divided = limit > 0 && isAhead(schedule) ? sendAhead(schedule) : divide(schedule, limit);
  return issueGrants(divided, schedule);
}

/** Issues a grant to each page whose lease has changed since its last grant. */
function issueGrants(schedule: BatchSchedule, before: BatchSchedule): Planned {
  const commands: Command[] = [];
  const whole = schedule.open.reduce((sum, { permits }) => sum + permits, 0);
  const parts = chooseParts(schedule);
  const open = schedule.open.map((page) => {
    const grant = { ...buildGrant(schedule, page, whole), ...toPageOperations(schedule, parts, page) };
    if (!isGrantDue(page, grant, isSameForPage)) return page;
    const { part, size } = page;
    const isNew = !before.open.some((other) => other.part === part);
    commands.push(isNew ? { do: 'open-page', part, size, grant } : { do: 'send-grant', part, grant });
    // Whether it can pay with the new grant is for the page to report.
    return withGrant({ ...page, needsFunds: lacksFunds(page) }, grant);
  });
  return { schedule: { ...schedule, open }, commands };
}

function buildGrant({ grant, control }: BatchSchedule, page: OpenPage, whole: number): PageGrant {
  const { permits, allowance, grantNumber } = page;
  const pacing = sharePacing(grant ?? NO_PACING, permits, whole);
  const { holdBelow } = grant ?? {};
  const bounds = holdBelow === undefined ? {} : { holdBelow };
  return { ...pacing, ...bounds, number: grantNumber + 1, permits, allowance, stop: control === 'cancelling' };
}

/** Includes the pace change: a batch has few pages, and their refusals are judged by the pace they knew. */
function isSameForPage(left: PageGrant, right: PageGrant): boolean {
  return left.stop === right.stop && left.paceChange === right.paceChange;
}
