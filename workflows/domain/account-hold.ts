/** When nobody of an account may submit, why, and how it is found out that they may again. Pure. */
import type { HoldNotice } from './account';
import type { Backoff } from './failures';
import { failureRow, isFailureCode } from './failures';
import { HELD_BY_REQUEST, isHoldCode } from './hold-codes';
import { isToldAtTheDoor, type News } from './news';

/**
 * `account`: the key or the credits; only a person can end it. `outage`: ends by itself. `request`: somebody asked.
 */
export type HoldKind = 'account' | 'outage' | 'request';

export interface Hold {
  readonly kind: HoldKind;
  /** A failure code, or `HELD_BY_REQUEST`. */
  readonly code: string;
  /** In ms since the epoch. */
  readonly since: number;
  readonly remedy: string;
  /** One item goes ahead. */
  readonly probing: boolean;
  /** Probes until now. */
  readonly probes: number;
  /** When the next probe goes by itself, in ms since the epoch; `null`: when somebody asks for it. */
  readonly probeAt: number | null;
}

/** Whether a hold with this code is nothing to wait for, unless somebody wants to: an outage ends by itself and soon. */
export function isForPeople(code: string): boolean {
  return isHoldCode(code) || (isFailureCode(code) && failureRow(code).scope === 'account');
}

/** This many faults in a row, with no success between them, are an outage. */
export const OUTAGES_IN_A_ROW = 5;

/** Between two probes of an outage: long enough to be no load, short enough that its end is soon noticed. */
const PROBE_BACKOFF: Backoff = { initialMs: 2_000, coefficient: 2, maximumMs: 300_000 };

export function accountHold(code: string, now: number, before: Hold | null): Hold {
  return { kind: 'account', code, remedy: remedyOf(code), probeAt: null, ...begun(now, before) };
}

export function outageHold(code: string, now: number, before: Hold | null): Hold {
  const base = begun(now, before);
  const waitMs = Math.min(
    PROBE_BACKOFF.maximumMs,
    PROBE_BACKOFF.initialMs * PROBE_BACKOFF.coefficient ** Math.min(base.probes, 16),
  );
  const remedy = `Nothing to do: one item is tried again by itself. ${remedyOf(code)}`;
  return { kind: 'outage', code, remedy, probeAt: now + waitMs, ...base };
}

export function requestedHold(reason: string, now: number): Hold {
  const remedy = `${reason === '' ? '' : `${reason}. `}Run "imagepipeline account resume" to go on.`;
  return { kind: 'request', code: HELD_BY_REQUEST, remedy, probeAt: null, ...begun(now, null) };
}

export function probing(hold: Hold): Hold {
  return { ...hold, probing: true, probes: hold.probes + 1, probeAt: null };
}

/** What a report says about a hold: `lifted`, another one in its place, or nothing (`null`). */
export function judgedByNews(hold: Hold | null, news: News, now: number): Hold | 'lifted' | null {
  const [wall] = Object.keys(news.walls);
  // What was on its way when the hold began meets the same wall, which is no news.
  if (wall !== undefined) return hold !== null && isShut(hold) ? null : accountHold(wall, now, hold);
  if (hold === null || !hold.probing) return null;
  // Whatever it was to find out, the probe has found out nothing, and goes again when the outage may be over.
  if (news.outages > 0) return outageHold(news.outageCode ?? hold.code, now, hold);
  return passed(hold, news) ? 'lifted' : null;
}

function isShut({ kind, probing: isProbing }: Hold): boolean {
  return kind !== 'outage' && !isProbing;
}

function passed({ code }: Hold, { accepted, completed }: News): boolean {
  return completed > 0 || (accepted > 0 && isToldAtTheDoor(code));
}

export function noticeOf({ code, since, remedy }: Hold): HoldNotice {
  return { code, since: new Date(since).toISOString(), remedy };
}

function begun(now: number, before: Hold | null): Pick<Hold, 'since' | 'probing' | 'probes'> {
  return { since: before?.since ?? now, probing: false, probes: before?.probes ?? 0 };
}

function remedyOf(code: string): string {
  return isFailureCode(code) ? failureRow(code).remedy : '';
}
