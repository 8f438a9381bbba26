/** How an item ended in each run: what had changed, its jobs, and what they cost. */
import type { ItemRun, Result } from '../api/types';
import { toHistoryLink } from '../format/history-link';
import { formatSpend } from '../format/numbers';
import { Time } from '../parts/time';
import { WideTable } from '../parts/wide-table';
import { useApp } from '../state/app-context';

export function ItemRuns({ runs }: { readonly runs: readonly ItemRun[] }) {
  const { temporalUi } = useApp().session;
  return (
    <WideTable name="Runs of the item">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Outcome</th>
          <th scope="col">Changed</th>
          <th scope="col">Submissions</th>
          {temporalUi !== null && <th scope="col">History</th>}
        </tr>
      </thead>
      <tbody>
        {runs.map(({ number, startedAt, outcome, code, changed, submissions, workflowId }) => (
          <tr key={number}>
            <td>
              {number} <span class="faint">·</span> <Time iso={startedAt} />
            </td>
            <td>
              {outcome !== null && <span class={`dot fill-${outcome}`} aria-hidden="true" />}
              {code ?? outcome ?? 'no outcome'}
            </td>
            <td>{changed.length === 0 ? '–' : changed.join(', ')}</td>
            <td>
              <SubmissionList submissions={submissions} />
            </td>
            {temporalUi !== null && (
              <td>
                <a href={toHistoryLink(temporalUi, workflowId)} target="_blank" rel="noreferrer">
                  Temporal UI
                </a>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </WideTable>
  );
}

/** The paid requests, oldest first. */
export function SubmissionList({ submissions }: Pick<Result, 'submissions'>) {
  if (submissions.length === 0) return <>none</>;
  return (
    <ol class="submissions">
      {submissions.map(({ step, jobId, code, charge }, index) => (
        <li key={index}>
          {step !== undefined && `${step}: `}
          <code>{jobId ?? 'no job id'}</code>
          {code !== null && ` ${code}`}
          {charge !== undefined && <span class="faint"> {formatSpend(charge)}</span>}
        </li>
      ))}
    </ol>
  );
}
