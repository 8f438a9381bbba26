/** The settings of an account, and their checks. */

import type { Unchecked } from '../../input/requests/batch-settings';
import type { FieldProblem } from '../../input/requests/request-schema';
import { findTimezoneProblem } from '../../input/requests/schedule-terms';
import { findHoursProblem, type GivenHours } from '../../workflows/domain/account/hours';
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
   * The hours of the day in which the account spends, by the clock of a time zone: `{ windows: ['22:00-06:00'], timezone:
   * 'Europe/Berlin' }`; `null`: at any time. The time zone is UTC by default. Outside of them, jobs in flight are collected.
   */
  readonly hours?: GivenHours | null;
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
  const { notify, hours } = settings;
  const addressProblem = notify === undefined || notify === null ? null : findAddressProblem(notify);
  const known = [
    ...parts.flatMap((part) => partProblems(part, settings[part])),
    ...findHoursProblems(hours),
    ...(addressProblem === null ? [] : [{ field: 'notify', problem: addressProblem }]),
  ];
  if (known.length > 0) return known;
  const isEmpty = parts
    .map((part) => settings[part])
    .every((part) => !isObject(part) || Object.keys(part).length === 0);
  if (isEmpty && notify === undefined && hours === undefined)
    return [{ field: 'settings', problem: 'are empty; must have limits, budget, holdBelow, hours or notify' }];
  const { cost = null, price, prices } = isObject(settings.budget) ? settings.budget : {};
  return cost === null || price !== undefined || prices !== undefined
    ? []
    : [{ field: 'budget.cost', problem: NEEDS_PRICE }];
}

function findHoursProblems(hours: unknown): readonly FieldProblem[] {
  if (hours === undefined) return [];
  const problem = findHoursProblem(hours);
  const { timezone } = isObject(hours) ? hours : {};
  const zoneProblem = timezone === undefined ? null : findTimezoneProblem(timezone);
  return [
    ...(problem === null ? [] : [{ field: 'hours', problem }]),
    ...(zoneProblem === null ? [] : [{ field: 'hours.timezone', problem: zoneProblem }]),
  ];
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
