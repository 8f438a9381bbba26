import type { ProviderFailureCode } from '../../workflows/domain/failures/failures';
import { SCENARIOS } from './scenarios';

/** A failure requested in a prompt: `{{MODEL_ERROR x2}}` twice, `{{MODEL_ERROR}}` always. */
interface Directive {
  readonly code: ProviderFailureCode;
  /** Infinite if absent. */
  readonly times: number;
}

const DIRECTIVE = /\{\{\s*([A-Z_]+)(?:\s+x(\d{1,6}))?\s*\}\}/g;

/** The directives of a prompt in order; braces around anything other than a published code are plain text. */
export function parseDirectives(prompt: string): readonly Directive[] {
  return [...prompt.matchAll(DIRECTIVE)].flatMap(([, code = '', times]) =>
    isPublished(code) ? [{ code, times: times === undefined ? Number.POSITIVE_INFINITY : Number(times) }] : [],
  );
}

/** The code for the submission after `earlier` others of the same request; `null` if it succeeds. */
export function directedCode(directives: readonly Directive[], earlier: number): ProviderFailureCode | null {
  let end = 0;
  for (const { code, times } of directives) {
    end += times;
    if (earlier < end) return code;
  }
  return null;
}

/** The prompt without its directives. */
export function withoutDirectives(prompt: string): string {
  return prompt.replace(DIRECTIVE, (whole, code: string) => (isPublished(code) ? '' : whole)).trim();
}

function isPublished(code: string): code is ProviderFailureCode {
  return Object.hasOwn(SCENARIOS, code);
}
