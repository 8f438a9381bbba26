/** Starts a single item of any operation. */
import { useState } from 'preact/hooks';
import {
  DEFAULT_OPERATION,
  getOperationRow,
  isOperationName,
  type OperationName,
} from '../../../../workflows/domain/operations/operations';
import { ApiError } from '../api/client';
import type { StartedItem } from '../api/types';
import { toItemBody } from '../format/item-body';
import { type FormValues, type SortedProblems, sortProblems } from '../format/operation-form';
import { toPath } from '../format/route';
import { formatDuration } from '../format/times';
import { toText } from '../parts/action-button';
import { Notice } from '../parts/notice';
import { OperationChoice } from '../parts/operation-choice';
import { OperationForm } from '../parts/operation-form';
import { useApp, useMay } from '../state/app-context';
import { useKeys } from '../state/use-keys';
import { navigate } from '../state/use-route';

const NO_PROBLEMS: SortedProblems = { byField: new Map(), others: [] };

export function StartItemPage() {
  const mayStart = useMay('start');
  useKeys({ Escape: () => navigate(toPath({ page: 'items' })) });
  if (!mayStart)
    return <Notice title="This session may not start items">Sign in with a token of the role start.</Notice>;
  return <StartItemForm />;
}

function StartItemForm() {
  const { api, session } = useApp();
  const [operation, setOperation] = useState<OperationName>(DEFAULT_OPERATION);
  const [values, setValues] = useState<FormValues<File>>(new Map());
  const [id, setId] = useState(session.prefix);
  const [waits, setWaits] = useState(true);
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [isBusy, setBusy] = useState(false);
  const { about, typicalMs } = getOperationRow(operation);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget as HTMLFormElement;
    setBusy(true);
    setProblems(NO_PROBLEMS);
    try {
      const body = toItemBody({ id, operation, values, waitWhileHeld: waits });
      const started =
        body.form === null
          ? api.post<StartedItem>('/v1/items', body.item)
          : api.postForm<StartedItem>('/v1/items', body.form);
      navigate(toPath({ page: 'item', id: (await started).id }));
    } catch (error) {
      setBusy(false);
      setProblems(explain(operation, error));
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    }
  };
  return (
    <article class="start">
      <div class="page-head">
        <nav class="crumbs" aria-label="Position">
          <a href={toPath({ page: 'items' })}>Items</a>
        </nav>
        <h1>Start an item</h1>
      </div>
      <form class="panel" noValidate onSubmit={submit} aria-busy={isBusy}>
        <div class="start-fields item-terms">
          <OperationChoice
            operation={operation}
            onOperation={(chosen) => {
              if (!isOperationName(chosen)) return;
              setOperation(chosen);
              setProblems(NO_PROBLEMS);
            }}
            hint={about}
          />
          <div class="field">
            <label for="item-id">Id</label>
            <input id="item-id" value={id} onInput={({ currentTarget }) => setId(currentTarget.value)} />
            <small class="hint">Your name for the item. Empty: a hash of the request.</small>
          </div>
        </div>
        <OperationForm operation={operation} values={values} onValues={setValues} problems={problems.byField} />
        <label class="check">
          <input type="checkbox" checked={waits} onChange={({ currentTarget }) => setWaits(currentTarget.checked)} />
          <span>If the account is held, wait. Otherwise the item fails at once.</span>
        </label>
        {problems.others.map((problem) => (
          <p key={problem} class="action-problem" role="alert">
            {problem}
          </p>
        ))}
        <p class="hint">
          One paid submission, at the price of your plan, which the provider does not publish. A job usually takes{' '}
          {formatDuration(typicalMs)}.
        </p>
        <button class="button primary" type="submit" disabled={isBusy}>
          {isBusy ? 'Starting…' : 'Start'}
        </button>
      </form>
    </article>
  );
}

function explain(operation: OperationName, error: unknown): SortedProblems {
  const named = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  return named.length === 0 ? { ...NO_PROBLEMS, others: [toText(error)] } : sortProblems(operation, named);
}
