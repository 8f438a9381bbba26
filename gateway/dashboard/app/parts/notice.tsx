/** What a page shows instead of data, or above it. */
import type { ComponentChildren } from 'preact';
import { ApiError } from '../api/client';
import type { Problem } from '../api/types';

interface NoticeProps {
  readonly title: string;
  readonly tone?: 'plain' | 'warning' | 'error';
  readonly children?: ComponentChildren;
}

export function Notice({ title, tone = 'plain', children }: NoticeProps) {
  return (
    <section class={`notice ${tone}`} role={tone === 'plain' ? undefined : 'status'}>
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </section>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      Loading {what}…
    </p>
  );
}

export function Offline() {
  return (
    <Notice tone="warning" title="The gateway does not answer">
      What you see may be old. The page connects again automatically.
    </Notice>
  );
}

export function ProblemNotice({ problem }: { readonly problem: Problem }) {
  return (
    <Notice tone="error" title={`${problem.title.replace(/\.$/, '')}: ${problem.detail}`}>
      {problem.remedy}
    </Notice>
  );
}

/** Of a failed request. */
export function ErrorNotice({ error }: { readonly error: Error }) {
  return error instanceof ApiError ? <ProblemNotice problem={error.problem} /> : <Offline />;
}
