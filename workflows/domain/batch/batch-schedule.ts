/**
 * The coordinator's decisions: which pages are open, how many permits each has, and what each may still spend. Pure: a
 * state and an event in, a state and what is to be done out.
 *
 * A permit is given to one page at a time. A page gives permits back by reporting fewer, and its word counts only if it
 * has heard the newest orders; until then it is believed to hold what it was last given.
 */
import { DAY_BUDGET_USED } from '../failures/hold-codes';
import {
  addFeedback,
  countRefusals,
  isAccountRefusal,
  NO_FEEDBACK,
  needsReply,
  type ProviderFeedback,
} from '../leases/feedback';
import type { Grant, HolderReport } from '../leases/governor-protocol';
import {
  combineAllowances,
  computeUnallotted,
  fundSpenders,
  isWithin,
  type Spender,
  subtractSpending,
} from '../money/batch-budget';
import { type Allowance, NO_BUDGET, type Spending } from '../money/spending';
import { addTallies, countOpen, EMPTY_TALLY, type Tally, toSpending } from './tally';

/** What a page is told; the newest counts, so that none can be told too late. */
export interface PageGrant {
  readonly number: number;
  readonly permits: number;
  /** Nothing further is submitted, for good. */
  readonly stop: boolean;
  /** What the page may have spent in all, from its beginning. */
  readonly allowance: Allowance;
  readonly pacing: Pacing;
}

/** How to send, as the governor of the account has it. */
export interface Pacing extends Pick<Grant, 'restUntil' | 'paceChange' | 'probe' | 'reportAfter' | 'answersLost'> {
  /** Least time between two submissions of the page, in ms. */
  readonly spacingMs: number | null;
}

export interface OpenPage {
  readonly part: number;
  /** Run of the page that gave the part back before. Absent: none has. */
  readonly previousRun?: string;
  /** Items of the page. */
  readonly size: number;
  readonly permits: number;
  /** Jobs that it may have in flight: after a cut these are more than its permits, until it has told that they ended. */
  readonly held: number;
  /** Of these, jobs that were accepted. */
  readonly inFlight: number;
  /** Of these, about to be sent. Absent: none. */
  readonly scheduled?: number;
  /** Submissions without an answer: it has told them, or may have begun them with permits that it has not spoken of. */
  readonly unanswered: number;
  /** It has nothing in flight, and could go on if it might spend more. */
  readonly needsFunds: boolean;
  /** It met the limit and rests the permits that did; it waits for the governor's next word. */
  readonly awaitsReply: boolean;
  /** That word has come, so that it must hear of it even if nothing else has changed. */
  readonly replyDue: boolean;
  readonly allowance: Allowance;
  /** What it was last told. */
  readonly pageGrant: PageGrant;
  /** Number of the orders since which its permits are what they are: who knew them can hold no more than it says. */
  readonly permitsSince: number;
  readonly tally: Tally;
}

export interface ReturnedPart {
  readonly part: number;
  /** Of the page that gave it back. */
  readonly run: string;
}

export interface SizedPart {
  readonly part: number;
  readonly size: number;
  /** Of the page that gave it back. Absent: none has. */
  readonly run?: string;
}

export type BatchControl = 'running' | 'paused' | 'cancelling';

export interface BatchSchedule {
  /** Items of each part. */
  readonly parts: readonly number[];
  /** Number of the first of them in the manifest: a redrive runs parts that were added later. */
  readonly firstPart: number;
  /** Index into `parts` of the first that was never opened. */
  readonly next: number;
  readonly open: readonly OpenPage[];
  /** Opened once, and given back by pages that could not begin. */
  readonly returned: readonly ReturnedPart[];
  /** No page is opened for now: the last ones could not begin. */
  readonly isBlocked: boolean;
  /** What has become of the pages that are closed. */
  readonly closed: Tally;
  /** Spent before this run of the batch, which its budget does not count. */
  readonly spentBefore: Spending;
  /** Jobs in flight at the most, as the caller wants it; `null`: as many as the account allows. */
  readonly concurrency: number | null;
  /** What the governor has last granted; `null` before its first word. */
  readonly grant: Grant | null;
  readonly budget: Allowance;
  /** The highest of an item, in the unit of the budget; 0 where no prices were given. */
  readonly price: number;
  readonly control: BatchControl;
  /** What pages have told and the governor has not heard yet. */
  readonly feedback: ProviderFeedback;
  /** The newest change of pace that was known when what is in `feedback` was refused. */
  readonly paceSeen: number;
  /** A page met a wall: nobody submits before the governor has answered. */
  readonly isBlockedByAccount: boolean;
}

/** What a page tells between its reports. */
export interface PageNote {
  readonly part: number;
  /** Number of the newest orders that it has heard. */
  readonly number: number;
  /** Items that have a permit. */
  readonly held: number;
  /** Of these, with a job that was accepted. */
  readonly inFlight: number;
  /** Of these, about to be sent: their permit was given out before its time. Absent: none. */
  readonly scheduled?: number;
  /** Of these, submissions that were begun and have no answer yet. Absent: none. */
  readonly unanswered?: number;
  /** The newest change of pace that it knew when it sent what was refused. */
  readonly paceSeen: number;
  /** Nothing is in flight, and its allowance does not reach for the next item. */
  readonly needsFunds: boolean;
  readonly feedback: ProviderFeedback;
}

/** What a page tells of itself when it has written outcomes. */
export interface PageReport extends PageNote {
  /** Those that it can use. */
  readonly permits: number;
  readonly tally: Tally;
  readonly done: boolean;
}

export type Command =
  | { readonly do: 'open-page'; readonly part: number; readonly size: number; readonly pageGrant: PageGrant }
  | { readonly do: 'send-grant'; readonly part: number; readonly pageGrant: PageGrant };

/** Greater than any change of pace; a number that JSON can carry. */
const UNKNOWN = Number.MAX_SAFE_INTEGER;

export interface NewSchedule {
  readonly parts: readonly number[];
  /** Default `null`. */
  readonly concurrency?: number | null;
  /** Default: none. */
  readonly budget?: Allowance;
  /** Default 0. */
  readonly price?: number;
  /** Default 0. */
  readonly firstPart?: number;
  /** Items of the batch that are not run; default none. */
  readonly base?: Tally;
}

export function newSchedule({
  parts,
  concurrency = null,
  budget = NO_BUDGET,
  price = 0,
  firstPart = 0,
  base = EMPTY_TALLY,
}: NewSchedule): BatchSchedule {
  const settings = { parts, firstPart, concurrency, budget, price, closed: base, spentBefore: toSpending(base) };
  return {
    ...settings,
    next: 0,
    open: [],
    returned: [],
    isBlocked: false,
    grant: null,
    control: 'running',
    feedback: NO_FEEDBACK,
    paceSeen: UNKNOWN,
    isBlockedByAccount: false,
  };
}

/** Parts that have no page and were not closed, the next first; `most` of them at the most. */
export function listUnopenedParts(schedule: BatchSchedule, most: number): readonly SizedPart[] {
  const { parts, firstPart, next, returned } = schedule;
  const rest = Array.from({ length: Math.min(most, parts.length - next) }, (_, index) => firstPart + next + index);
  const never: readonly Omit<SizedPart, 'size'>[] = rest.map((part) => ({ part }));
  return [...returned, ...never].slice(0, most).map((one) => ({ ...one, size: getPartSize(schedule, one.part) }));
}

/** These parts have no page and will have none. */
export function closeUnopened(schedule: BatchSchedule, closed: readonly SizedPart[], tally: Tally): BatchSchedule {
  const numbers = new Set(closed.map(({ part }) => part));
  const returned = schedule.returned.filter(({ part }) => !numbers.has(part));
  const never = numbers.size - (schedule.returned.length - returned.length);
  return { ...schedule, returned, next: schedule.next + never, closed: addTallies(schedule.closed, tally) };
}

/** A page could not begin: nothing of its part was submitted, and its permits are free. */
export function returnPart(schedule: BatchSchedule, part: ReturnedPart): BatchSchedule {
  const open = schedule.open.filter((page) => page.part !== part.part);
  if (open.length === schedule.open.length) return schedule;
  return { ...schedule, open, returned: [...schedule.returned, part] };
}

/** Pages that could not begin are tried again, or are not for now. */
export function setBlocked(schedule: BatchSchedule, isBlocked: boolean): BatchSchedule {
  return { ...schedule, isBlocked };
}

function getPartSize({ parts, firstPart }: BatchSchedule, part: number): number {
  return parts[part - firstPart] ?? 0;
}

/** Which rows a part has, counted from 1; those of a redrive among what it selected. */
export function describeRows({ parts, firstPart }: BatchSchedule, part: number): string {
  const index = part - firstPart;
  const before = parts.slice(0, index).reduce((sum, size) => sum + size, 0);
  const rows = `rows ${before + 1}–${before + (parts[index] ?? 0)}`;
  return firstPart === 0 ? rows : `${rows} of what is run again`;
}

/** Everything that is known of the batch, in one tally. */
export function sumTally(schedule: BatchSchedule): Tally {
  return schedule.open.reduce((sum, { tally }) => addTallies(sum, tally), sumRest(schedule));
}

/** Of pages that are closed, and of pages that were never opened, whose items are waiting. */
export function sumRest(schedule: BatchSchedule): Tally {
  const never = schedule.parts.slice(schedule.next).reduce((sum, size) => sum + size, 0);
  const unopened = schedule.returned.reduce((sum, { part }) => sum + getPartSize(schedule, part), never);
  return addTallies(schedule.closed, { ...EMPTY_TALLY, counts: { ...EMPTY_TALLY.counts, waiting: unopened } });
}

/** Takes in what a page tells. A page that is not open any more is not listened to. */
export function applyReport(schedule: BatchSchedule, report: PageReport): BatchSchedule {
  const page = schedule.open.find(({ part }) => part === report.part);
  if (page === undefined) return schedule;
  if (report.number > page.pageGrant.number)
    return applyReport(replacePage(schedule, page, adoptGrantNumber(page, report)), report);
  const informed = withFeedback(schedule, report);
  if (report.done) {
    const open = informed.open.filter((other) => other !== page);
    return { ...informed, open, closed: addTallies(informed.closed, report.tally) };
  }
  const isUpToDate = report.number === page.pageGrant.number;
  const permits = isUpToDate ? Math.min(page.permits, report.permits) : page.permits;
  // It knows what it has given back, so that it need not be informed.
  const pageGrant = isUpToDate
    ? { ...page.pageGrant, permits: Math.min(page.pageGrant.permits, report.permits) }
    : page.pageGrant;
  return replacePage(informed, page, { ...withNote({ ...page, permits, pageGrant }, report), tally: report.tally });
}

/** Takes in what a page tells between two reports. */
export function applyNote(schedule: BatchSchedule, note: PageNote): BatchSchedule {
  const page = schedule.open.find(({ part }) => part === note.part);
  if (page !== undefined && note.number > page.pageGrant.number) {
    return applyNote(replacePage(schedule, page, adoptGrantNumber(page, note)), note);
  }
  const informed = withFeedback(schedule, note);
  return page === undefined ? informed : replacePage(informed, page, withNote(page, note));
}

/** The page has heard what this batch does not know to have said: the batch was reset. It is told anew. */
function adoptGrantNumber(page: OpenPage, { number }: PageNote): OpenPage {
  return { ...page, pageGrant: { ...page.pageGrant, number }, permitsSince: number + 1, replyDue: true };
}

function withNote(page: OpenPage, note: PageNote): OpenPage {
  const { number, held, inFlight, scheduled = 0, unanswered = 0, needsFunds, feedback } = note;
  const upToDate = number >= page.permitsSince;
  const awaitsReply = page.awaitsReply || needsReply(feedback);
  return {
    ...page,
    inFlight,
    scheduled,
    // One that tells of a refusal tells what it had under way then, whatever it was given since.
    unanswered: upToDate || countRefusals(feedback.refusals) > 0 ? unanswered : Math.max(page.unanswered, unanswered),
    awaitsReply,
    // One that could not pay cannot before it is allowed more, which is not done without clearing this.
    needsFunds: number === page.pageGrant.number ? needsFunds : page.needsFunds,
    held: upToDate ? Math.max(page.permits, held) : Math.max(page.held, held),
  };
}

function withFeedback(schedule: BatchSchedule, { feedback, paceSeen }: PageNote): BatchSchedule {
  const seen = countRefusals(feedback.refusals) > 0 ? Math.min(schedule.paceSeen, paceSeen) : schedule.paceSeen;
  const isBlockedByAccount = schedule.isBlockedByAccount || isAccountRefusal(feedback);
  return { ...schedule, feedback: addFeedback(schedule.feedback, feedback), paceSeen: seen, isBlockedByAccount };
}

function replacePage(schedule: BatchSchedule, page: OpenPage, by: OpenPage): BatchSchedule {
  return { ...schedule, open: schedule.open.map((other) => (other === page ? by : other)) };
}

/** A page that ended without a word may have spent all that it was allowed. */
export function onPageDied(schedule: BatchSchedule, part: number, tally: Tally): BatchSchedule {
  const page = schedule.open.find((open) => open.part === part);
  if (page === undefined) return schedule;
  const { submissions, cost, duplicates } = page.pageGrant.allowance;
  const most = {
    ...tally,
    submissions: Math.max(tally.submissions, submissions ?? 0),
    cost: Math.max(tally.cost, cost ?? 0),
    duplicates: Math.max(tally.duplicates, duplicates ?? 0),
  };
  const open = schedule.open.filter((other) => other !== page);
  return { ...schedule, open, closed: addTallies(schedule.closed, most) };
}

/** Takes in the governor's word; an older one that arrives late is not listened to. */
export function withGrant(schedule: BatchSchedule, grant: Grant): BatchSchedule {
  if (schedule.grant !== null && grant.number <= schedule.grant.number) return schedule;
  const open = schedule.open.map((page) => (page.awaitsReply ? { ...page, awaitsReply: false, replyDue: true } : page));
  return { ...schedule, grant, open, isBlockedByAccount: false };
}

/** The governor has been told the news. */
export function clearFeedback(schedule: BatchSchedule): BatchSchedule {
  return { ...schedule, feedback: NO_FEEDBACK, paceSeen: UNKNOWN };
}

/** What the batch says of itself to the governor. */
export function toHolderReport(schedule: BatchSchedule, leaving: boolean): Omit<HolderReport, 'holder' | 'weight'> {
  const { grant, feedback, paceSeen, price } = schedule;
  const { submissions, cost } = sumSpent(schedule);
  const usage = sumUsage(schedule);
  const permits = computeLimit(schedule);
  const change = grant?.paceChange ?? 0;
  return {
    kind: 'batch',
    wants: leaving ? 0 : countWants(schedule),
    ...usage,
    grantSeen: grant?.number ?? 0,
    paceSeen: countRefusals(feedback.refusals) > 0 ? Math.min(paceSeen, change) : change,
    // One page that is full says nothing while another leaves its permits idle.
    feedback: {
      ...feedback,
      saturated: feedback.saturated && permits > 0 && usage.inFlight + usage.scheduled >= permits,
    },
    leaving,
    remembered: grant?.remembered ?? null,
    spent: { submissions, cost },
    ...(grant?.allowance === undefined ? {} : { allowed: grant.allowance }),
    ...(price === 0 ? {} : { price }),
    needsFunds: needsFunds(schedule) && isWithinBudget(schedule),
  };
}

/** Jobs that the batch may have in flight now. */
export function computeLimit({ control, concurrency, grant, isBlockedByAccount }: BatchSchedule): number {
  if (control !== 'running' || grant === null || isBlockedByAccount) return 0;
  return Math.min(concurrency ?? grant.permits, grant.permits);
}

/** Jobs that the batch could have in flight, whatever it is granted. */
export function countWants(schedule: BatchSchedule): number {
  if (schedule.control !== 'running') return 0;
  // While the account is held one item goes ahead, and one that has none to send leaves that to another.
  if (isHeld(schedule) && withProbe(schedule) === null) return 0;
  // What cannot begin wants nothing: others may have it.
  const tally = schedule.isBlocked
    ? schedule.open.reduce((sum, page) => addTallies(sum, page.tally), EMPTY_TALLY)
    : sumTally(schedule);
  const open = countOpen(tally);
  return Math.min(open, schedule.concurrency ?? open);
}

/** Jobs that it may have in flight; of these those that were accepted, are about to be sent, or have no answer yet. */
export function sumUsage({
  open,
}: BatchSchedule): Pick<Required<PageNote>, 'held' | 'inFlight' | 'scheduled' | 'unanswered'> {
  return {
    held: open.reduce((sum, page) => sum + page.held, 0),
    inFlight: open.reduce((sum, page) => sum + page.inFlight, 0),
    scheduled: open.reduce((sum, page) => sum + (page.scheduled ?? 0), 0),
    unanswered: open.reduce((sum, page) => sum + page.unanswered, 0),
  };
}

/** What a page can use at the most. */
function countUsable(page: OpenPage): number {
  return lacksFunds(page) ? 0 : countOpen(page.tally);
}

/** It has nothing in flight and has said that it may pay for nothing, and its allowance is what it was told then. */
function lacksFunds({ needsFunds, allowance, pageGrant }: OpenPage): boolean {
  return needsFunds && isSameAllowance(allowance, pageGrant.allowance);
}

function isSameAllowance(left: Allowance, right: Allowance): boolean {
  return left.submissions === right.submissions && left.cost === right.cost && left.duplicates === right.duplicates;
}

export interface Planned {
  readonly schedule: BatchSchedule;
  readonly commands: readonly Command[];
}

/** Gives out what is free, takes back what is too much, opens pages while there is room in them, and tells them. */
export function plan(schedule: BatchSchedule): Planned {
  const limit = computeLimit(schedule);
  const granted = schedule.open.reduce((sum, page) => sum + page.permits, 0);
  if (limit > 0 && isAhead(schedule))
    return instructPages(withProbe(schedule) ?? reducePermits(schedule, granted), schedule);
  return instructPages(
    granted > limit ? reducePermits(schedule, granted - limit) : spreadPermits(schedule, limit),
    schedule,
  );
}

/** One of its items goes ahead to see whether a hold is over. */
function isAhead({ grant }: BatchSchedule): boolean {
  return grant?.probe === true && grant.permits > 0;
}

function isHeld(schedule: BatchSchedule): boolean {
  const hold = schedule.grant?.hold ?? null;
  return isAhead(schedule) || (hold !== null && hold.code !== DAY_BUDGET_USED);
}

/** One permit for the page that sends an item ahead, whatever is under way besides; `null`: none can. */
function withProbe(before: BatchSchedule): BatchSchedule | null {
  const schedule = withAllowances(before);
  const only = (part: number) => schedule.open.map((page) => ({ ...page, permits: page.part === part ? 1 : 0 }));
  const ahead = schedule.open.find((page) => page.permits > 0 && page.pageGrant.pacing.probe && !lacksFunds(page));
  if (ahead !== undefined) return { ...schedule, open: only(ahead.part) };
  if (schedule.concurrency !== null && sumUsage(schedule).held >= schedule.concurrency) return null;
  const ready = schedule.open.find((page) => countUsable(page) > page.held);
  if (ready !== undefined) return { ...schedule, open: only(ready.part) };
  const [sized] = listUnopenedParts(schedule, 1);
  if (sized === undefined || schedule.isBlocked || !isWithinBudget(schedule)) return null;
  const begun = closeUnopened(schedule, [sized], EMPTY_TALLY);
  return withAllowances({ ...begun, open: [...only(sized.part), newPage(sized, 1)] });
}

/** Takes permits from the newest pages first, so that old ones come to their end. */
function reducePermits(schedule: BatchSchedule, excess: number): BatchSchedule {
  let left = excess;
  const open = [...schedule.open].reverse().map((page) => {
    const less = Math.min(page.permits, left);
    left -= less;
    return { ...page, permits: page.permits - less };
  });
  return { ...schedule, open: open.reverse() };
}

function spreadPermits(schedule: BatchSchedule, limit: number): BatchSchedule {
  const ready = restorePermits(releaseUnfunded(withAllowances(schedule)), limit);
  let left = limit - sumUsage(ready).held;
  const open = ready.open.map((page) => {
    const more = Math.max(0, Math.min(left, countUsable(page) - page.held));
    if (more === 0) return page;
    left -= more;
    const permits = Math.max(page.permits, page.held) + more;
    return { ...page, permits, held: permits, unanswered: page.unanswered + more };
  });
  let changed: BatchSchedule = { ...ready, open };
  while (left > 0 && !changed.isBlocked && isPayable(changed)) {
    const [sized] = listUnopenedParts(changed, 1);
    if (sized === undefined) break;
    const page = newPage(sized, Math.min(left, sized.size));
    const begun = closeUnopened(changed, [sized], EMPTY_TALLY);
    changed = withAllowances({ ...begun, open: [...changed.open, page] });
    left -= page.permits;
  }
  return changed;
}

/** A page that can pay for nothing leaves its permits to the others. */
function releaseUnfunded(schedule: BatchSchedule): BatchSchedule {
  return {
    ...schedule,
    open: schedule.open.map((page) => (lacksFunds(page) ? { ...page, permits: 0, held: 0 } : page)),
  };
}

/**
 * Permits that were taken from a page, but whose jobs it still has, can be given back without waiting for their end,
 * unless all together have too many.
 */
function restorePermits(schedule: BatchSchedule, limit: number): BatchSchedule {
  if (sumUsage(schedule).held > limit) return schedule;
  let room = limit - schedule.open.reduce((sum, { permits }) => sum + permits, 0);
  const open = schedule.open.map((page) => {
    const more = Math.max(0, Math.min(room, Math.min(page.held, countUsable(page)) - page.permits));
    room -= more;
    return { ...page, permits: page.permits + more };
  });
  return { ...schedule, open };
}

const NO_PAGE_GRANT: PageGrant = {
  number: -1,
  permits: 0,
  stop: false,
  allowance: NO_BUDGET,
  pacing: { restUntil: null, paceChange: 0, probe: false, spacingMs: null },
};

function newPage({ part, size, run }: SizedPart, permits: number): OpenPage {
  const tally = { ...EMPTY_TALLY, counts: { ...EMPTY_TALLY.counts, waiting: size } };
  const usage = {
    permits,
    held: permits,
    inFlight: 0,
    unanswered: permits,
    needsFunds: false,
    awaitsReply: false,
    replyDue: false,
  };
  const before = run === undefined ? {} : { previousRun: run };
  return { part, ...before, size, ...usage, allowance: NO_BUDGET, pageGrant: NO_PAGE_GRANT, permitsSince: 0, tally };
}

function withAllowances(schedule: BatchSchedule): BatchSchedule {
  const { price } = schedule;
  const allowances = fundSpenders(
    computeAllowance(schedule),
    sumClosedSpending(schedule),
    schedule.open.map(toSpender),
    price,
  );
  const open = schedule.open.map((page, index) => ({ ...page, allowance: allowances[index] ?? page.allowance }));
  return { ...schedule, open };
}

function toSpender({ allowance, tally }: OpenPage): Spender {
  return { allowance, spent: toSpending(tally), open: countOpen(tally) };
}

function sumClosedSpending({ closed, spentBefore }: BatchSchedule): Spending {
  return subtractSpending(toSpending(closed), spentBefore);
}

/** By the batch's own budget and by what the account has set aside for it. */
function computeAllowance({ budget, grant }: BatchSchedule): Allowance {
  return grant?.allowance === undefined ? budget : combineAllowances(budget, grant.allowance);
}

/** Whether it reaches for an item of a page that is not open yet. */
function isPayable(schedule: BatchSchedule, by = computeAllowance(schedule)): boolean {
  const left = computeUnallotted(by, sumClosedSpending(schedule), schedule.open.map(toSpender));
  return isWithin({ submissions: 1, cost: schedule.price, duplicates: 0 }, left);
}

/** Spent since this run of the batch began, or set aside for what is under way. */
export function sumSpent(schedule: BatchSchedule): Spending {
  // Parts that were never opened have spent nothing, and there may be thousands: this is asked for at every turn.
  const begun = schedule.open.reduce((sum, { tally }) => addTallies(sum, tally), schedule.closed);
  return subtractSpending(toSpending(begun), schedule.spentBefore);
}

/** What is spent if every page has used up what it was allowed, which its reports tell later. */
export function sumCommitted(schedule: BatchSchedule): Spending {
  const closed = sumClosedSpending(schedule);
  const allowed = (of: keyof Spending) => schedule.open.reduce((sum, { allowance }) => sum + (allowance[of] ?? 0), 0);
  return {
    submissions: closed.submissions + allowed('submissions'),
    cost: closed.cost + allowed('cost'),
    duplicates: closed.duplicates + allowed('duplicates'),
  };
}

/** Items wait, nothing is in flight, and none of them can be paid by the batch's own budget. */
export function isOutOfBudget(schedule: BatchSchedule): boolean {
  return needsFunds(schedule) && !isWithinBudget(schedule);
}

/** Items wait, nothing is in flight, and none of them can be paid. */
function needsFunds(schedule: BatchSchedule): boolean {
  const { control, open } = schedule;
  if (control !== 'running' || isFinished(schedule) || isPayable(schedule)) return false;
  return open.every(({ needsFunds }) => needsFunds);
}

function isWithinBudget(schedule: BatchSchedule): boolean {
  return isPayable(schedule, schedule.budget);
}

/** Tells each page what has changed for it since it was last told. */
function instructPages(schedule: BatchSchedule, before: BatchSchedule): Planned {
  const commands: Command[] = [];
  const permits = schedule.open.reduce((sum, page) => sum + page.permits, 0);
  const open = schedule.open.map((page) => {
    const pageGrant: PageGrant = {
      number: page.pageGrant.number + 1,
      permits: page.permits,
      stop: schedule.control === 'cancelling',
      allowance: page.allowance,
      pacing: computePacing(schedule, page.permits, permits),
    };
    if (isSameGrant(pageGrant, page.pageGrant) && !page.replyDue) return page;
    const { part, size } = page;
    const isNew = !before.open.some((other) => other.part === part);
    commands.push(isNew ? { do: 'open-page', part, size, pageGrant } : { do: 'send-grant', part, pageGrant });
    // Whether it can pay with more is for it to say.
    const needsFunds = lacksFunds(page);
    const permitsSince = pageGrant.permits === page.pageGrant.permits ? page.permitsSince : pageGrant.number;
    return { ...page, pageGrant, needsFunds, permitsSince, replyDue: false };
  });
  return { schedule: { ...schedule, open }, commands };
}

/** The rate of the batch is divided among its pages as its permits are. */
function computePacing({ grant }: BatchSchedule, permits: number, all: number): Pacing {
  if (grant === null) return NO_PAGE_GRANT.pacing;
  const { restUntil, paceChange, probe, spacingMs, reportAfter, answersLost } = grant;
  const spaced = spacingMs === null || permits === 0 ? spacingMs : Math.ceil((spacingMs * all) / permits);
  const telling =
    reportAfter === undefined || all === 0 ? {} : { reportAfter: Math.ceil((reportAfter * permits) / all) };
  const lost = answersLost === undefined ? {} : { answersLost };
  return { restUntil, paceChange, probe, spacingMs: spaced, ...telling, ...lost };
}

function isSameGrant(left: PageGrant, right: PageGrant): boolean {
  return (
    left.permits === right.permits &&
    left.stop === right.stop &&
    isSameAllowance(left.allowance, right.allowance) &&
    left.pacing.restUntil === right.pacing.restUntil &&
    left.pacing.paceChange === right.pacing.paceChange &&
    left.pacing.probe === right.pacing.probe &&
    left.pacing.answersLost === right.pacing.answersLost &&
    left.pacing.spacingMs === right.pacing.spacingMs
  );
}

/** Whether nothing is left to be done. */
export function isFinished({ open, returned, next, parts }: BatchSchedule): boolean {
  return open.length === 0 && returned.length === 0 && next >= parts.length;
}
