/** The settings of an account, and their checks. */

import type { Unchecked } from '../../input/requests/batch-settings';
import type { FieldProblem } from '../../input/requests/request-schema';
import { isObject } from '../../workflows/domain/base/is-object';
import { findBoundsProblem, findDayCapProblem } from '../../workflows/domain/batch/settings-checks';
import { findHoldBelowProblem, type HoldBelow } from '../../workflows/domain/money/balance';
import type { DayCap } from '../../workflows/domain/money/day-budget';
import { findAddressProblem } from '../../workflows/domain/notifications/notify-options';
import type { PaceBounds } from '../../workflows/domain/pace/pace';

/** The settings of an account. Absent settings do not change; `null` removes a bound. */
export interface AccountSettings {
  /** Upper bounds that are never exceeded, whatever limits are discovered. */
  readonly limits?: Partial<PaceBounds>;
  /**
   * The daily budget, from midnight to midnight UTC. `price` is the cost of a submission of single items, and of batches
   * without prices; `prices` are those of single items by operation. `cost` requires one of them.
   */
  readonly budget?: Partial<DayCap>;
  /** The account is held while its balance, as answers report it, is below one of these amounts. */
  readonly holdBelow?: Partial<HoldBelow>;
  /**
   * https address that receives a signed POST when the account is held and when it is resumed; `null`: none. Plain http is
   * allowed on this machine.
   */
  readonly notify?: string | null;
}

const PARTS = {
  limits: { names: ['maxConcurrency', 'maxRate'], problem: findBoundsProblem },
  budget: { names: ['submissions', 'cost', 'price', 'prices'], problem: findDayCapProblem },
  holdBelow: { names: ['usd', 'credits'], problem: findHoldBelowProblem },
} as const;

/** Every problem of the settings, by field, for instance `budget.cost`. */
export function findAccountProblems(settings: Unchecked<AccountSettings>): readonly FieldProblem[] {
  const parts = ['limits', 'budget', 'holdBelow'] as const;
  const { notify } = settings;
  const addressProblem = notify === undefined || notify === null ? null : findAddressProblem(notify);
  const known = [
    ...parts.flatMap((part) => partProblems(part, settings[part])),
    ...(addressProblem === null ? [] : [{ field: 'notify', problem: addressProblem }]),
  ];
  if (known.length > 0) return known;
  const isEmpty = parts
    .map((part) => settings[part])
    .every((part) => !isObject(part) || Object.keys(part).length === 0);
  if (isEmpty && notify === undefined)
    return [{ field: 'settings', problem: 'are empty; must have limits, budget, holdBelow or notify' }];
  const { cost = null, price, prices } = isObject(settings.budget) ? settings.budget : {};
  return cost === null || price !== undefined || prices !== undefined
    ? []
    : [{ field: 'budget.cost', problem: NEEDS_PRICE }];
}

const NEEDS_PRICE = 'requires a price: without it the cost of a single item is not known';

function partProblems(part: keyof typeof PARTS, value: unknown): readonly FieldProblem[] {
  if (value === undefined) return [];
  const { names, problem: findProblem } = PARTS[part];
  if (!isObject(value)) return [{ field: part, problem: findProblem(value) ?? 'must be an object' }];
  return names.flatMap((name) => {
    const problem = value[name] === undefined ? null : findProblem({ [name]: value[name] });
    return problem === null ? [] : [{ field: `${part}.${name}`, problem: problem.replace(`${name} `, '') }];
  });
}
