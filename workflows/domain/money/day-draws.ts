/** What the holders of an account draw on the daily budget, by their reports. Pure. */
import { getOwn } from '../base/own-value';
import {
  type Amount,
  addAmounts,
  computeDrawn,
  type DayBudget,
  type DayMemory,
  type Draw,
  isCapped,
  NOTHING,
  type SpendingReport,
  sumDrawn,
} from './day-budget';
import type { BillingOutcome } from './spending';

/** Applies a batch's reported spending. A new batch has spent nothing before. */
export function recordBatchSpending(budget: DayBudget, id: string, report: SpendingReport, isNew: boolean): DayBudget {
  const known = getOwn(budget.draws, id);
  if (known === undefined || isNew) return openDraw(closeDraws(budget, [id]), id, report, NOTHING);
  const { spent, price, needsFunds } = report;
  const draw = { ...known, spent: spent === null ? known.spent : toAmount(spent, price), price, needsFunds };
  return { ...budget, draws: { ...budget.draws, [id]: draw } };
}

function openDraw(
  budget: DayBudget,
  id: string,
  report: SpendingReport,
  base: Amount,
  allowed: Amount | null = null,
): DayBudget {
  const { spent, price, needsFunds } = report;
  const draw = { base, spent: spent === null ? base : toAmount(spent, price), allowed, price, needsFunds };
  return { ...budget, draws: { ...budget.draws, [id]: draw } };
}

/** Restores the draw of a batch known to an earlier governor, whose total already contains it. */
export function restoreDraw(
  budget: DayBudget,
  id: string,
  report: SpendingReport,
  memory: DayMemory | null,
): DayBudget {
  const { allowed, price } = report;
  const spent = report.spent ?? NOTHING;
  const isCounted = memory !== null && memory.at < budget.bornAt && memory.day === budget.day;
  const base = toAmount(spent, price);
  if (!isCounted || allowed === null) return openDraw(withMemory(budget, memory), id, report, base);
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

/** What a single item has drawn, by the outcome of its submission; a failed job is free. */
const DRAWN_BY: Readonly<Record<BillingOutcome, Amount>> = {
  unsent: NOTHING,
  failed: { submissions: 1, cost: 0, unpriced: 0 },
  charged: { submissions: 1, cost: 0, unpriced: 1 },
};

const ITEM_DRAW: Draw = { base: NOTHING, spent: NOTHING, allowed: null, price: null, needsFunds: false };

/** What a single item has drawn, if its operation has a price of its own. */
function toDrawn(outcome: BillingOutcome, price: number | null): Amount {
  const drawn = DRAWN_BY[outcome];
  return price === null ? drawn : { ...drawn, cost: drawn.unpriced * price, unpriced: 0 };
}

/** Applies a single item's report. An item that only asks keeps its reservation. */
export function recordItemSpending(budget: DayBudget, id: string, { billingOutcome }: SpendingReport): DayBudget {
  const draw = getOwn(budget.draws, id);
  if (draw === undefined || billingOutcome === null) return budget;
  return { ...forgetDraws(budget, [id]), closed: addAmounts(budget.closed, toDrawn(billingOutcome, draw.price)) };
}

/** Opens draws for these single items. */
export function openItemDraws(
  budget: DayBudget,
  items: readonly { readonly id: string; readonly operation: string }[],
): DayBudget {
  const fresh = items
    .filter(({ id }) => !Object.hasOwn(budget.draws, id))
    .map(({ id, operation }) => [id, { ...ITEM_DRAW, price: getOwn(budget.cap.prices, operation) ?? null }] as const);
  return fresh.length === 0 ? budget : { ...budget, draws: { ...budget.draws, ...Object.fromEntries(fresh) } };
}

/** Removes these draws; nothing was spent. */
export function forgetDraws(budget: DayBudget, ids: readonly string[]): DayBudget {
  if (ids.length === 0) return budget;
  const gone = new Set(ids);
  return { ...budget, draws: Object.fromEntries(Object.entries(budget.draws).filter(([id]) => !gone.has(id))) };
}

/**
 * Closes the draws of holders that are gone: they may have spent their whole reservation, unless they reported their
 * final spending.
 */
export function closeDraws(budget: DayBudget, ids: readonly string[]): DayBudget {
  const gone = ids.flatMap((id) => getOwn(budget.draws, id) ?? []);
  if (gone.length === 0) return budget;
  const draws = Object.fromEntries(Object.entries(budget.draws).filter(([id]) => !ids.includes(id)));
  return { ...budget, closed: gone.map(computeDrawn).reduce(addAmounts, budget.closed), draws };
}

/** A holder that leaves has reported all its spending. */
export function settleDraw(budget: DayBudget, id: string): DayBudget {
  const draw = getOwn(budget.draws, id);
  if (draw === undefined) return budget;
  return closeDraws({ ...budget, draws: { ...budget.draws, [id]: { ...draw, allowed: draw.spent } } }, [id]);
}

/** `null` if there is nothing to remember. */
export function toMemory(budget: DayBudget, now: number): DayMemory | null {
  const { day, cap } = budget;
  return isCapped(cap) ? { day, cap, drawn: sumDrawn(budget), at: now } : null;
}

/** Restores the budget and draws of an earlier governor from a holder's memory. */
function withMemory(budget: DayBudget, memory: DayMemory | null): DayBudget {
  if (memory === null || memory.at >= budget.bornAt) return budget;
  const cap = isCapped(budget.cap) ? budget.cap : memory.cap;
  const isToday = memory.day === budget.day && memory.drawn.submissions > budget.closed.submissions;
  return { ...budget, cap, closed: isToday ? memory.drawn : budget.closed };
}
