import type { Input } from '../endpoints/job-request';
import {
  type Action,
  type CallbackAction,
  findStage,
  type JobAction,
  type Match,
  type ResultAction,
  type Rule,
  type Stage,
  type StatusAction,
  type SubmitAction,
  type UploadAction,
} from './rules';

/** Facts about a request that a rule can match. */
export interface RequestFacts {
  readonly operation: string;
  readonly prompt: string;
  readonly inputs: readonly Pick<Input, 'url'>[];
  readonly seed: number;
}

interface ActionsByStage {
  readonly upload: UploadAction;
  readonly submit: SubmitAction;
  readonly job: JobAction;
  readonly status: StatusAction;
  readonly result: ResultAction;
  readonly callback: CallbackAction;
}

export interface Hit<A> {
  readonly action: A;
  use(): void;
}

interface Entry {
  readonly rule: Rule;
  timesLeft: number;
}

/** The rules in force, in order of their addition. */
export class RuleBook {
  readonly #entries: Entry[] = [];

  add(rule: Rule): void {
    this.#entries.push({ rule, timesLeft: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** Returns the first matching rule with uses left. It is not used up before `use` is called. */
  find<S extends Stage>(stage: S, facts: RequestFacts): Hit<ActionsByStage[S]> | null {
    for (const entry of this.#entries) {
      const { rule, timesLeft } = entry;
      if (timesLeft > 0 && isAt(stage, rule.then) && matches(rule.match ?? {}, facts)) {
        return { action: rule.then, use: () => useUp(entry) };
      }
    }
    return null;
  }
}

function useUp(entry: Entry): void {
  entry.timesLeft -= 1;
}

function isAt<S extends Stage>(stage: S, action: Action): action is ActionsByStage[S] & Action {
  return findStage(action) === stage;
}

function matches(match: Match, facts: RequestFacts): boolean {
  return (
    (match.promptIncludes === undefined || facts.prompt.includes(match.promptIncludes)) &&
    (match.inputIncludes === undefined || facts.inputs.some(({ url }) => url.includes(match.inputIncludes ?? ''))) &&
    (match.seed === undefined || facts.seed === match.seed) &&
    (match.operation === undefined || facts.operation === match.operation)
  );
}
