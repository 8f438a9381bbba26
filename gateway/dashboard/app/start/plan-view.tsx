/** The plan of a batch: what it will submit, and every problem by its line. */
import type { BatchPlan } from '../api/types';
import { formatCount, formatCounted } from '../format/numbers';
import { formatDuration } from '../format/times';

interface PlanViewProps {
  readonly plan: BatchPlan;
  /** The file of each row, if each row is a picture. Default: rows have lines. */
  readonly pictures?: readonly string[] | null;
}

export function PlanView({ plan, pictures = null }: PlanViewProps) {
  const { rows, valid, dropped, submissions, time, cost, problems, problemCount, warnings, warningCount } = plan;
  return (
    <>
      <section class="panel" aria-label="Plan">
        <dl class="facts">
          <Fact name="Rows" value={formatCount(rows)} />
          <Fact name="Valid" value={formatCount(valid)} />
          {dropped > 0 && <Fact name="Duplicates left out" value={formatCount(dropped)} />}
          <Fact name="Paid submissions" value={formatCount(submissions)} />
          <Fact name="Price" value={cost === null ? 'not known' : formatPrice(cost)} />
          {time.map(({ concurrency, ms }) => (
            <Fact
              key={concurrency}
              name={`Time with ${formatCounted(concurrency, 'job')} in flight`}
              value={formatDuration(ms)}
            />
          ))}
        </dl>
      </section>
      <Findings title="Problems" found={problems} total={problemCount} pictures={pictures} />
      <Findings title="Warnings" found={warnings} total={warningCount} pictures={pictures} />
    </>
  );
}

function formatPrice({ amount, unpriced }: NonNullable<BatchPlan['cost']>): string {
  return unpriced.length === 0 ? String(amount) : `${amount}, and ${unpriced.join(', ')}`;
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface FindingsProps {
  readonly title: string;
  readonly found: BatchPlan['problems'];
  readonly total: number;
  readonly pictures: readonly string[] | null;
}

function Findings({ title, found, total, pictures }: FindingsProps) {
  if (total === 0) return null;
  return (
    <section class="panel findings">
      <h2>
        {title} <span class="faint">{formatCount(total)}</span>
      </h2>
      <table>
        <thead>
          <tr>
            {pictures === null ? (
              <th scope="col" class="number">
                Line
              </th>
            ) : (
              <th scope="col">File</th>
            )}
            <th scope="col">Key</th>
            <th scope="col">Problem</th>
          </tr>
        </thead>
        <tbody>
          {found.map(({ line, key, field, problem }, index) => (
            <tr key={index}>
              {pictures === null ? (
                <td class="number">{line ?? '–'}</td>
              ) : (
                <td>{line === null ? '–' : pictures[line - 1]}</td>
              )}
              <td>{key ?? '–'}</td>
              <td>
                <b>{field}</b> {problem}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length < total && <p class="hint">The first {formatCount(found.length)} are listed.</p>}
    </section>
  );
}
