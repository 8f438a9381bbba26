/** Figures of a batch. */
import type { ComponentChildren } from 'preact';
import type { Batch } from '../api/types';
import { formatCount, formatRate, formatSpend } from '../format/numbers';
import { averageRate, estimateRemaining, measureRate, type Sample } from '../format/progress';
import { formatDuration } from '../format/times';
import { Time } from '../parts/time';
import { useNow } from '../state/use-now';
import { hasEnded } from './ended';

interface BatchFactsProps {
  readonly batch: Batch;
  readonly samples: readonly Sample[];
  /** Whether it is a redrive or has one: the times are of its last run, the counts of all runs. */
  readonly isRunAgain: boolean;
}

export function BatchFacts({ batch, samples, isRunAgain }: BatchFactsProps) {
  const now = useNow();
  const isOver = hasEnded(batch);
  const average = isRunAgain ? null : averageRate(batch, now);
  const rate = isOver ? average : (measureRate(samples) ?? average);
  const remaining = isOver || batch.state === 'paused' ? null : estimateRemaining(batch.counts, rate);
  const end = batch.finishedAt === null ? now : Date.parse(batch.finishedAt);
  const { permits, budget, submissions, charged, cost, possibleDuplicates, counts, startedAt, finishedAt } = batch;
  return (
    <section class="panel" aria-label="Figures">
      <dl class="facts">
        <Fact name={isOver ? 'Rate, on average' : 'Rate'}>{formatRate(rate)}</Fact>
        {!isOver && <Fact name="Time left">{remaining === null ? '–' : formatDuration(remaining)}</Fact>}
        {!isOver && <Fact name="Permits of the account">{permits === null ? '–' : formatCount(permits)}</Fact>}
        <Fact name="Submissions">{formatCount(submissions)}</Fact>
        <Fact name="Charged by the provider">{formatSpend(charged)}</Fact>
        {cost > 0 && <Fact name="Cost by your prices">{formatCount(cost)}</Fact>}
        {budget !== null && <Fact name="Budget">{formatBudget(budget)}</Fact>}
        {possibleDuplicates > 0 && <Fact name="Possibly paid twice">{formatCount(possibleDuplicates)}</Fact>}
        {counts.skipped > 0 && <Fact name="Rows left out">{formatCount(counts.skipped)}</Fact>}
        <Fact name={isRunAgain ? 'Last run started' : 'Started'}>
          <Time iso={startedAt} />
        </Fact>
        {finishedAt !== null && (
          <Fact name="Ended">
            <Time iso={finishedAt} />
          </Fact>
        )}
        <Fact name="Duration">{formatDuration(Math.max(0, end - Date.parse(startedAt)))}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function formatBudget({ allowed, spent }: NonNullable<Batch['budget']>): string {
  const names = ['submissions', 'cost', 'duplicates'] as const;
  return names
    .flatMap((name) =>
      allowed[name] === null ? [] : [`${formatCount(spent[name])} of ${formatCount(allowed[name])} ${name}`],
    )
    .join(', ');
}
