/** Numbers for people. */

const COUNT = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
/** All that was charged: credits are not rounded as rates are. */
const CREDITS = new Intl.NumberFormat('en', { maximumFractionDigits: 4 });
const MONEY = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 });

export function formatCount(value: number): string {
  return COUNT.format(value);
}

/** `1 item`, `2 items`. */
export function formatCounted(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A share as percent. Only all of it is 100 %. */
export function formatPercent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  const shown = part < whole ? Math.min(99, Math.floor(percent)) : 100;
  return part > 0 && shown === 0 ? '<1%' : `${shown}%`;
}

/** @param perSecond `null`: not known yet */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null) return '–';
  if (perSecond === 0) return '0/s';
  return perSecond < 0.1 ? `${SHORT.format(perSecond * 60)}/min` : `${SHORT.format(perSecond)}/s`;
}

interface Spend {
  readonly credits: number | null;
  readonly usd: number | null;
}

/** What was charged, in the units that the provider has named. */
export function formatSpend({ credits, usd }: Spend): string {
  const parts = [
    ...(usd === null ? [] : [`$${MONEY.format(usd)}`]),
    ...(credits === null ? [] : [`${CREDITS.format(credits)} credit${credits === 1 ? '' : 's'}`]),
  ];
  return parts.join(' · ') || '–';
}
