/**
 * What an account may spend from one midnight (UTC) to the next, by all batches and images together. Pure.
 *
 * A holder may spend only what was set aside for it beforehand, so that the cap is not passed by what is under way
 * either. What was set aside is given in slices, so that one that wants much leaves something to the others.
 */
import { formatCount } from '../base/format-count';
import { getOwn } from '../base/own-value';
import { DAY_BUDGET_USED, type HoldNotice } from '../failures/hold-codes';
import type { Allowance, BillingOutcome } from './spending';

/** `null`: without end. */
export interface DayCap {
  readonly submissions: number | null;
  /** In the unit of the prices. */
  readonly cost: number | null;
  /** Of a submission of whoever has told none: single images, and batches without `prices`. */
  readonly price: number;
}

export const NO_CAP: DayCap = { submissions: null, cost: null, price: 0 };

interface Amount {
  readonly submissions: number;
  /** Of submissions that have a price. */
  readonly cost: number;
  /** Submissions whose price only the cap knows. */
  readonly unpriced: number;
}

const NOTHING: Amount = { submissions: 0, cost: 0, unpriced: 0 };

/** What one holder draws. All amounts count from its beginning, which may be another day. */
interface Draw {
  /** Spent before this day began. */
  readonly base: Amount;
  /** As far as it has told. */
  readonly spent: Amount;
  /** What it may have spent in all; `null`: it was never limited. */
  readonly allowed: Amount | null;
  /** Of its dearest item; `null`: it has told none. */
  readonly price: number | null;
  /** It has told that it waits for more. */
  readonly needsFunds: boolean;
}

export interface DayBudget {
  /** Whole days since 1970-01-01. */
  readonly day: number;
  readonly cap: DayCap;
  /** Drawn today by those that are gone. */
  readonly closed: Amount;
  readonly draws: Readonly<Record<string, Draw>>;
  /** Since when somebody waits for more than there is, in ms since the epoch. */
  readonly usedUpAt: number | null;
  /** What is remembered from before it is of an earlier governor. In ms since the epoch. */
  readonly bornAt: number;
}

/** What a holder keeps for a governor that comes after this one. */
export interface DayMemory {
  readonly day: number;
  readonly cap: DayCap;
  /** By all together. */
  readonly drawn: Amount;
  /** In ms since the epoch. */
  readonly at: number;
}

/** What a holder tells of its spending. */
export interface SpendingReport {
  /** In all, since its beginning. */
  readonly spent?: { readonly submissions: number; readonly cost: number };
  /** What it was last allowed; absent: nothing limited it. */
  readonly allowed?: Allowance;
  /** Of its dearest item, in the unit of `cost`; absent where it was given no prices. */
  readonly price?: number;
  /** Nothing of it is in flight, and its allowance does not reach for the next item. */
  readonly needsFunds?: boolean;
  /** Of a single image: what became of its one submission. */
  readonly billingOutcome?: BillingOutcome;
}

const DAY_MS = 24 * 60 * 60_000;
/** Prices are decimal fractions, whose sums miss by a little. */
const ROUNDING = 1e-9;
/** A slice lasts until about the next report, which comes with every hundredth job or every ten seconds. */
const MIN_SLICE = 100;
const SLICE_PER_PERMIT = 10;

export function newDay(now: number): DayBudget {
  return { day: toDay(now), cap: NO_CAP, closed: NOTHING, draws: {}, usedUpAt: null, bornAt: now };
}

function toDay(now: number): number {
  return Math.floor(now / DAY_MS);
}

/** The midnight that ends the day, in ms since the epoch. */
export function computeDayEnd({ day }: DayBudget): number {
  return (day + 1) * DAY_MS;
}

/** A new day, if midnight has passed. What was set aside and not spent is drawn from the new one. */
export function advanceDay(budget: DayBudget, now: number): DayBudget {
  const day = toDay(now);
  if (day <= budget.day) return budget;
  const draws = mapDraws(budget.draws, (draw) => ({ ...draw, base: draw.spent }));
  return { ...budget, day, closed: NOTHING, draws, usedUpAt: null };
}

/** What is allowed from now on; parts that are left out stay. */
export function setCap(budget: DayBudget, change: Partial<DayCap>): DayBudget {
  const cap = { ...budget.cap, ...change };
  const draws = isCapped(cap) ? budget.draws : mapDraws(budget.draws, (draw) => ({ ...draw, allowed: null }));
  return { ...budget, cap, draws, usedUpAt: null };
}

function isCapped({ submissions, cost }: DayCap): boolean {
  return submissions !== null || cost !== null;
}

/** Takes in what a batch tells of its spending. One that has just begun has spent nothing before. */
export function recordBatchSpending(budget: DayBudget, id: string, report: SpendingReport, isNew: boolean): DayBudget {
  const known = getOwn(budget.draws, id);
  if (known === undefined || isNew) return openDraw(closeDraws(budget, [id]), id, report, NOTHING);
  const { spent, price = null, needsFunds = false } = report;
  const draw = { ...known, spent: spent === undefined ? known.spent : toAmount(spent, price), price, needsFunds };
  return { ...budget, draws: { ...budget.draws, [id]: draw } };
}

function openDraw(
  budget: DayBudget,
  id: string,
  report: SpendingReport,
  base: Amount,
  allowed: Amount | null = null,
): DayBudget {
  const { spent, price = null, needsFunds = false } = report;
  const draw = { base, spent: spent === undefined ? base : toAmount(spent, price), allowed, price, needsFunds };
  return { ...budget, draws: { ...budget.draws, [id]: draw } };
}

/** A batch that an earlier governor knew: what that one had allowed it today is among what all had drawn. */
export function restoreDraw(budget: DayBudget, id: string, report: SpendingReport, memory?: DayMemory): DayBudget {
  const { spent = NOTHING, allowed, price = null } = report;
  const isCounted = memory !== undefined && memory.at < budget.bornAt && memory.day === budget.day;
  const base = toAmount(spent, price);
  if (!isCounted || allowed === undefined) return openDraw(withMemory(budget, memory), id, report, base);
  const { submissions, cost } = allowed;
  const drawn = toAmount({ submissions: submissions ?? spent.submissions, cost: cost ?? spent.cost }, price);
  return openDraw(withMemory(budget, memory), id, report, drawn, drawn);
}

function toAmount(
  { submissions, cost }: { readonly submissions: number; readonly cost: number },
  price: number | null,
) {
  return price === null ? { submissions, cost: 0, unpriced: submissions } : { submissions, cost, unpriced: 0 };
}

/** What a single image has drawn, by what became of its submission; a failed job is free. */
const DRAWN_BY: Readonly<Record<BillingOutcome, Amount>> = {
  unsent: NOTHING,
  failed: { submissions: 1, cost: 0, unpriced: 0 },
  charged: { submissions: 1, cost: 0, unpriced: 1 },
};

const ITEM_DRAW: Draw = { base: NOTHING, spent: NOTHING, allowed: null, price: null, needsFunds: false };

/** Takes in what a single image tells. One that only asks keeps what is set aside for it. */
export function recordItemSpending(budget: DayBudget, id: string, { billingOutcome }: SpendingReport): DayBudget {
  if (!Object.hasOwn(budget.draws, id) || billingOutcome === undefined) return budget;
  return { ...forgetDraws(budget, [id]), closed: addAmounts(budget.closed, DRAWN_BY[billingOutcome]) };
}

/** These single images may draw from now on. */
export function openItemDraws(budget: DayBudget, ids: readonly string[]): DayBudget {
  const fresh = ids.filter((id) => !Object.hasOwn(budget.draws, id)).map((id) => [id, ITEM_DRAW] as const);
  return fresh.length === 0 ? budget : { ...budget, draws: { ...budget.draws, ...Object.fromEntries(fresh) } };
}

/** These have drawn nothing, and draw no more. */
export function forgetDraws(budget: DayBudget, ids: readonly string[]): DayBudget {
  if (ids.length === 0) return budget;
  const gone = new Set(ids);
  return { ...budget, draws: Object.fromEntries(Object.entries(budget.draws).filter(([id]) => !gone.has(id))) };
}

/** Those that are gone may have spent all that was set aside for them, unless they have told the last of it. */
export function closeDraws(budget: DayBudget, ids: readonly string[]): DayBudget {
  const gone = ids.flatMap((id) => getOwn(budget.draws, id) ?? []);
  if (gone.length === 0) return budget;
  const draws = Object.fromEntries(Object.entries(budget.draws).filter(([id]) => !ids.includes(id)));
  return { ...budget, closed: gone.map(computeDrawn).reduce(addAmounts, budget.closed), draws };
}

/** One that leaves has told all that it has spent. */
export function settleDraw(budget: DayBudget, id: string): DayBudget {
  const draw = getOwn(budget.draws, id);
  if (draw === undefined) return budget;
  return closeDraws({ ...budget, draws: { ...budget.draws, [id]: { ...draw, allowed: draw.spent } } }, [id]);
}

export interface Claimant {
  readonly id: string;
  /** Jobs that it could have in flight. */
  readonly wants: number;
  readonly granted: number;
}

/** Sets aside what those who want it need next, the first before the others, as far as the cap reaches. */
export function reserve(budget: DayBudget, wanting: readonly Claimant[], now: number): DayBudget {
  if (!isCapped(budget.cap)) return budget;
  const draws = new Map(Object.entries(budget.draws));
  let room = computeRoom(budget);
  for (const holder of wanting) {
    const before = draws.get(holder.id);
    if (before === undefined) continue;
    const after = fundDraw(before, computeSlice(holder), room, budget.cap);
    draws.set(holder.id, after);
    room = subtractFromRoom(room, subtractAmounts(computeDrawn(after), computeDrawn(before)), budget.cap);
  }
  const next = { ...budget, draws: Object.fromEntries(draws) };
  const outOfBudget = findOutOfBudget(next);
  if (!wanting.some(({ id, wants }) => wants > 0 && outOfBudget.has(id))) return { ...next, usedUpAt: null };
  return { ...next, usedUpAt: budget.usedUpAt ?? now };
}

function computeSlice({ wants, granted }: Claimant): number {
  return Math.min(wants, Math.max(MIN_SLICE, SLICE_PER_PERMIT * granted));
}

function fundDraw(draw: Draw, slice: number, room: Room, { price }: DayCap): Draw {
  const { spent, needsFunds } = draw;
  const before = draw.allowed ?? spent;
  const allowed = { ...draw, allowed: before };
  const each = draw.price ?? price;
  if (!needsFunds && !isLow(draw, before, slice / 2)) return allowed;
  // One that is starved has spent what it was allowed, whatever it has told of that by now.
  const from = needsFunds ? before : spent;
  const wanted = Math.max(0, from.submissions + slice - before.submissions);
  const payable = draw.price === null && each > 0 ? Math.floor(room.cost / each + ROUNDING) : wanted;
  const more = Math.max(0, Math.min(wanted, room.submissions, payable));
  const moreCost = Math.max(0, Math.min(from.cost + slice * each - before.cost, room.cost));
  const added =
    draw.price === null
      ? { submissions: more, cost: 0, unpriced: more }
      : { submissions: more, cost: moreCost, unpriced: 0 };
  const isMore = added.submissions > 0 || added.cost > 0;
  return { ...allowed, allowed: addAmounts(before, added), needsFunds: needsFunds && !isMore };
}

/** What is set aside reaches for fewer submissions than this. */
function isLow({ spent, price }: Draw, { submissions, cost }: Amount, count: number): boolean {
  return submissions - spent.submissions < count || (price !== null && cost - spent.cost < count * price);
}

interface Room {
  readonly submissions: number;
  readonly cost: number;
}

/** What is set aside for nobody. */
function computeRoom(budget: DayBudget): Room {
  const { submissions, cost } = budget.cap;
  const drawn = sumDrawn(budget);
  return {
    submissions: (submissions ?? Number.POSITIVE_INFINITY) - drawn.submissions,
    cost: (cost ?? Number.POSITIVE_INFINITY) - computeCost(drawn, budget.cap),
  };
}

function subtractFromRoom({ submissions, cost }: Room, amount: Amount, cap: DayCap): Room {
  return { submissions: submissions - amount.submissions, cost: cost - computeCost(amount, cap) };
}

function computeCost({ cost, unpriced }: Amount, { price }: DayCap): number {
  return cost + unpriced * price;
}

/** Spent today, or set aside for what is under way or comes next. */
function sumDrawn({ closed, draws }: DayBudget): Amount {
  return Object.values(draws).map(computeDrawn).reduce(addAmounts, closed);
}

function computeDrawn({ base, spent, allowed }: Draw): Amount {
  return subtractAmounts(allowed ?? spent, base);
}

/** The ids of all that want more than the day has left. */
export function findOutOfBudget(budget: DayBudget): ReadonlySet<string> {
  if (!isCapped(budget.cap)) return new Set();
  const room = computeRoom(budget);
  const outOfBudget = Object.entries(budget.draws).filter(([, draw]) => isOutOfBudget(draw, room, budget.cap));
  return new Set(outOfBudget.map(([id]) => id));
}

function isOutOfBudget({ spent, allowed, price, needsFunds }: Draw, room: Room, cap: DayCap): boolean {
  const isImageWithout = allowed !== null && allowed.submissions === 0 && spent.submissions === 0;
  return (needsFunds || isImageWithout) && !canPay(room, price, cap);
}

/** Whether the day has enough left for one submission more. */
export function isPayable(budget: DayBudget, price: number | null): boolean {
  return canPay(computeRoom(budget), price, budget.cap);
}

function canPay({ submissions, cost }: Room, price: number | null, cap: DayCap): boolean {
  return submissions >= 1 && cost + ROUNDING >= (price ?? cap.price);
}

/** What a holder may have spent in all, as it is told. Absent where nothing limits it. */
export function toAllowance(budget: DayBudget, id: string): Allowance | undefined {
  const draw = getOwn(budget.draws, id);
  if (draw === undefined || draw.allowed === null || !isCapped(budget.cap)) return undefined;
  const { submissions, cost } = draw.allowed;
  const isCostly = draw.price !== null && budget.cap.cost !== null;
  return { submissions, cost: isCostly ? cost : null, duplicates: null };
}

/** Absent where there is nothing to keep. */
export function toMemory(budget: DayBudget, now: number): DayMemory | undefined {
  const { day, cap } = budget;
  return isCapped(cap) ? { day, cap, drawn: sumDrawn(budget), at: now } : undefined;
}

/** What an earlier governor had set and drawn, as one of its holders remembers it. */
function withMemory(budget: DayBudget, memory: DayMemory | undefined): DayBudget {
  if (memory === undefined || memory.at >= budget.bornAt) return budget;
  const cap = isCapped(budget.cap) ? budget.cap : memory.cap;
  const isToday = memory.day === budget.day && memory.drawn.submissions > budget.closed.submissions;
  return { ...budget, cap, closed: isToday ? memory.drawn : budget.closed };
}

/** For one that wants more than the day has left. */
export function buildUsedUpNotice(budget: DayBudget, now: number): HoldNotice {
  const { submissions, cost } = budget.cap;
  const caps = [
    ...(submissions === null ? [] : [formatCount(submissions, 'submission')]),
    ...(cost === null ? [] : [`a cost of ${cost}`]),
  ];
  const until = new Date(computeDayEnd(budget)).toISOString();
  return {
    code: DAY_BUDGET_USED,
    since: new Date(budget.usedUpAt ?? now).toISOString(),
    until,
    cause: null,
    remedy: `The account may spend ${caps.join(' and ')} a day (UTC). It goes on at ${until}, or with more: "imagepipeline account budget".`,
  };
}

/** What is told of the day, to people and to scripts. */
export interface DayStatus {
  /** ISO 8601, UTC. */
  readonly date: string;
  /** `null`: no cap. */
  readonly allowed: { readonly submissions: number | null; readonly cost: number | null } | null;
  /** Accepted today, or may have been, as far as it was told; without what failed jobs cost. */
  readonly spent: { readonly submissions: number; readonly cost: number };
  /** Reserved for what is under way or comes next. */
  readonly setAside: { readonly submissions: number; readonly cost: number };
}

export function toDayStatus(budget: DayBudget): DayStatus {
  const { day, cap, closed, draws } = budget;
  const spent = Object.values(draws)
    .map((draw) => subtractAmounts(draw.spent, draw.base))
    .reduce(addAmounts, closed);
  const set = subtractAmounts(sumDrawn(budget), spent);
  const toSpent = (amount: Amount) => ({ submissions: amount.submissions, cost: roundCost(computeCost(amount, cap)) });
  return {
    date: new Date(day * DAY_MS).toISOString().slice(0, 10),
    allowed: isCapped(cap) ? { submissions: cap.submissions, cost: cap.cost } : null,
    spent: toSpent(spent),
    setAside: toSpent(set),
  };
}

/** The day in a line, for people. */
export function describeDay({ date, allowed, spent, setAside }: DayStatus): string {
  const of = (name: 'submissions' | 'cost', unit: (amount: number) => string) => {
    const most = allowed?.[name] ?? null;
    if (most === null) return spent[name] === 0 ? [] : [unit(spent[name])];
    return [`${spent[name]} of ${unit(most)}, ${setAside[name]} set aside`];
  };
  const submissions = of('submissions', (count) => formatCount(count, 'submission'));
  return [`${date} (UTC)`, ...submissions, ...of('cost', (amount) => `${amount} cost`)].join(' · ');
}

function roundCost(cost: number): number {
  return Math.round(cost * 1e6) / 1e6;
}

function addAmounts(left: Amount, right: Amount): Amount {
  return {
    submissions: left.submissions + right.submissions,
    cost: left.cost + right.cost,
    unpriced: left.unpriced + right.unpriced,
  };
}

function subtractAmounts(left: Amount, right: Amount): Amount {
  return {
    submissions: left.submissions - right.submissions,
    cost: left.cost - right.cost,
    unpriced: left.unpriced - right.unpriced,
  };
}

function mapDraws(draws: DayBudget['draws'], change: (draw: Draw) => Draw): DayBudget['draws'] {
  return Object.fromEntries(Object.entries(draws).map(([id, draw]) => [id, change(draw)]));
}
