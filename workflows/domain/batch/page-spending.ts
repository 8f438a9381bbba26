/** What a page may spend, and what it has spent or reserved. */
import { isWithin } from '../money/batch-budget';
import type { Allowance, BillingOutcome, Spending } from '../money/spending';

export class PageSpending {
  /** Of the newest grant. */
  allowance: Allowance = { submissions: 0, cost: 0, duplicates: 0 };

  constructor(private spent: Spending) {}

  /** @param price `null` if nothing is submitted, which costs nothing */
  canPay(price: number | null): boolean {
    return price === null || isWithin(this.add(price), this.allowance);
  }

  reserve(price: number | null): void {
    if (price !== null) this.spent = this.add(price);
  }

  /** Returns what a submission reserved and was not charged. */
  settle(price: number | null, billingOutcome: BillingOutcome): void {
    if (price === null || billingOutcome === 'charged') return;
    const { submissions, cost } = this.spent;
    this.spent = {
      ...this.spent,
      submissions: submissions - (billingOutcome === 'unsent' ? 1 : 0),
      cost: cost - price,
    };
  }

  /** Counts a repeated submission of unknown outcome; returns false if no further one is allowed. */
  reserveDuplicate(): boolean {
    const more = { ...this.spent, duplicates: this.spent.duplicates + 1 };
    if (!isWithin(more, this.allowance)) return false;
    this.spent = more;
    return true;
  }

  private add(price: number): Spending {
    const { submissions, cost } = this.spent;
    return { ...this.spent, submissions: submissions + 1, cost: cost + price };
  }
}
