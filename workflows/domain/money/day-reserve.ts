/** Reserves the next spending of each holder, as far as the daily budget reaches. Pure. */
import { getOwn } from '../base/own-value';
import {
  type Amount,
  addAmounts,
  computeCost,
  computeDrawn,
  type DayBudget,
  type DayCap,
  type Draw,
  isCapped,
  subtractAmounts,
  sumDrawn,
} from './day-budget';
import type { Allowance } from './spending';

/** Tolerance for sums of decimal prices. */
const ROUNDING = 1e-9;

/**
 * Minimum slice, in submissions: it lasts until about the next report, which comes after a hundred jobs or ten seconds.
 */
const MIN_SLICE = 100;

const SLICE_PER_PERMIT = 10;

interface Claimant {
  readonly id: string;
  /** Number of jobs that it could have in flight. */
  readonly wants: number;
  readonly permits: number;
  readonly kind: 'batch' | 'item';
}

/** Reserves what the claimants need next, the first before the others, as far as the budget reaches. */
export function reserve(budget: DayBudget, holders: readonly Claimant[], now: number): DayBudget {
  if (!isCapped(budget.cap)) return budget;
  const draws = new Map(Object.entries(budget.draws));
  let room = computeRoom(budget);
  for (const holder of holders) {
    const before = draws.get(holder.id);
    if (before === undefined) continue;
    const after = fundDraw(before, holder, room, budget.cap);
    draws.set(holder.id, after);
    room = subtractFromRoom(room, subtractAmounts(computeDrawn(after), computeDrawn(before)), budget.cap);
  }
  const next = { ...budget, draws: Object.fromEntries(draws) };
  const outOfBudget = findOutOfBudget(next);
  if (!holders.some(({ id, wants }) => wants > 0 && outOfBudget.has(id))) return { ...next, usedUpAt: null };
  return { ...next, usedUpAt: budget.usedUpAt ?? now };
}

function computeSlice({ wants, permits }: Claimant): number {
  return Math.min(wants, Math.max(MIN_SLICE, SLICE_PER_PERMIT * permits));
}

function fundDraw(draw: Draw, claimant: Claimant, room: Room, { price }: DayCap): Draw {
  const { spent, needsFunds } = draw;
  const slice = computeSlice(claimant);
  const before = draw.allowed ?? spent;
  const allowed = { ...draw, allowed: before };
  const each = draw.price ?? price;
  if (!needsFunds && !isLow(draw, before, slice / 2)) return allowed;
  // A holder without funds has spent its allowance, whatever it has reported so far.
  const from = needsFunds ? before : spent;
  const wanted = Math.max(0, from.submissions + slice - before.submissions);
  // A batch with prices checks the cost of each item itself.
  const isWhole = each > 0 && (draw.price === null || claimant.kind === 'item');
  const payable = isWhole ? Math.floor(room.cost / each + ROUNDING) : wanted;
  const more = Math.max(0, Math.min(wanted, room.submissions, payable));
  const reach = isWhole ? more * each : room.cost;
  const moreCost = Math.max(0, Math.min(from.cost + slice * each - before.cost, reach));
  const added =
    draw.price === null
      ? { submissions: more, cost: 0, unpriced: more }
      : { submissions: more, cost: moreCost, unpriced: 0 };
  const isMore = added.submissions > 0 || added.cost > 0;
  return { ...allowed, allowed: addAmounts(before, added), needsFunds: needsFunds && !isMore };
}

/** Whether the reservation covers fewer submissions than this. */
function isLow({ spent, price }: Draw, { submissions, cost }: Amount, count: number): boolean {
  return submissions - spent.submissions < count || (price !== null && cost - spent.cost < count * price);
}

interface Room {
  readonly submissions: number;
  readonly cost: number;
}

/** The part of the budget that is not reserved. */
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

/** Ids of the holders that want more than the day has left. */
export function findOutOfBudget(budget: DayBudget): ReadonlySet<string> {
  if (!isCapped(budget.cap)) return new Set();
  const room = computeRoom(budget);
  const outOfBudget = Object.entries(budget.draws).filter(([, draw]) => isOutOfBudget(draw, room, budget.cap));
  return new Set(outOfBudget.map(([id]) => id));
}

function isOutOfBudget({ spent, allowed, price, needsFunds }: Draw, room: Room, cap: DayCap): boolean {
  const isItemWithoutAllowance = allowed !== null && allowed.submissions === 0 && spent.submissions === 0;
  return (needsFunds || isItemWithoutAllowance) && !canPay(room, price, cap);
}

/** Whether the day's remaining budget covers a single item of this operation. */
export function isItemPayable(budget: DayBudget, operation: string): boolean {
  return judgeItems(budget)(operation);
}

/** The same for many items, with one look at what is reserved. */
export function judgeItems(budget: DayBudget): (operation: string) => boolean {
  const room = computeRoom(budget);
  return (operation) => canPay(room, getOwn(budget.cap.prices, operation) ?? null, budget.cap);
}

function canPay({ submissions, cost }: Room, price: number | null, cap: DayCap): boolean {
  return submissions >= 1 && cost + ROUNDING >= (price ?? cap.price);
}

/** A holder's total allowance; `null` if unlimited. */
export function toAllowance(budget: DayBudget, id: string): Allowance | null {
  if (!isCapped(budget.cap)) return null;
  const draw = getOwn(budget.draws, id);
  if (draw === undefined || draw.allowed === null) return null;
  const { submissions, cost } = draw.allowed;
  const isCostly = draw.price !== null && budget.cap.cost !== null;
  return { submissions, cost: isCostly ? cost : null, duplicates: null };
}
