/** Reports answers of the provider that have more than is documented: the API may have changed. */
import { log } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import { findUndocumented } from '../imagepipeline/answer-fields';
import { tryBestEffort } from '../running/best-effort';
import { count } from '../running/metrics';

/** Maximum number of different findings that one worker logs. */
const MAX_LOGGED = 50;

/** Counts every such answer, and logs the first of each kind by its names, never by its values. */
export class UndocumentedAnswers {
  private readonly logged = new Set<string>();

  /** @param body of an answer with 2xx */
  see(kind: 'submit' | 'status', body: unknown): void {
    // Not awaited, and without errors of its own: the verdict about a paid job must not depend on it.
    tryBestEffort('undocumented-answers', undefined, () => this.report(kind, body)).catch((error: unknown) =>
      log.warn('an undocumented answer could not be counted', { code: findErrorName(error) }),
    );
  }

  private report(kind: 'submit' | 'status', body: unknown): void {
    const found = findUndocumented(kind, body);
    if (found.length === 0) return;
    count('imagepipeline_undocumented_answers', { kind });
    const first = found.filter((one) => !this.logged.has(`${kind} ${one}`));
    if (first.length === 0 || this.logged.size >= MAX_LOGGED) return;
    for (const one of first) this.logged.add(`${kind} ${one}`);
    log.warn('an answer of the API has more than is documented; "imagepipeline doctor --live" compares all of it', {
      kind,
      found: first,
    });
  }
}
