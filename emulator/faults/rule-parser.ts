import {
  type Check,
  checkNamed,
  inOneLine,
  inRange,
  integerInRange,
  isRecord,
  type NamedChecks,
  nullOr,
  oneOf,
  type Problem,
} from '../checks';
import { CALLBACK_FAULTS, RESULT_FAULTS, type Rule, STATUS_FAULTS, SUBMIT_FAULTS, WIRE_FAULTS } from './rules';
import { SCENARIOS } from './scenarios';

/** Thrown with every problem of a rule. */
export class RuleError extends Error {
  override readonly name = 'RuleError';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ name, message }) => `${name}: ${message}`).join('\n'));
  }
}

const isText: Check = (value) => (typeof value === 'string' ? null : 'must be a string');
const isFilled: Check = (value) => (value === '' ? 'must not be empty' : isText(value));
const isTime = inRange(0, Number.MAX_SAFE_INTEGER);
const isTrue = oneOf([true]);

const REFUSABLE = Object.entries(SCENARIOS).flatMap(([code, { refusal }]) => (refusal === null ? [] : [code]));

const FAULTS_BY_STAGE: Readonly<Record<string, readonly string[]>> = {
  upload: WIRE_FAULTS,
  submit: SUBMIT_FAULTS,
  status: STATUS_FAULTS,
  result: RESULT_FAULTS,
  callback: CALLBACK_FAULTS,
};

const isStage = oneOf(Object.keys(FAULTS_BY_STAGE));
/** Stages with an answer that a rule can script. */
const isAnswered = oneOf(['upload', 'submit', 'status', 'result']);

/** Checks by the key that determines the kind of action; the first one present decides. */
const ACTIONS: Readonly<Record<string, NamedChecks>> = {
  failJob: { failJob: isFilled, retryable: nullOr(oneOf([true, false])), message: isText, jobMs: isTime },
  refuse: { refuse: oneOf(REFUSABLE) },
  status: {
    status: integerInRange(200, 599),
    body: () => null,
    headers: headersProblem,
    on: isAnswered,
    accepted: oneOf([true, false]),
    delayMs: isTime,
  },
  fault: { fault: isText, on: isStage, delayMs: isTime },
  delayMs: { delayMs: isTime, on: isStage },
  never: { never: isTrue },
  completeWithoutUrl: { completeWithoutUrl: isTrue, jobMs: isTime },
  jobMs: { jobMs: isTime },
};

const MATCH: NamedChecks = {
  promptIncludes: isText,
  inputIncludes: isText,
  seed: integerInRange(-1, Number.MAX_SAFE_INTEGER),
  operation: isText,
};

const RULE: NamedChecks = {
  match: matchProblem,
  times: integerInRange(1, 1_000_000_000),
  then: thenProblem,
};

/** Parses a rule; throws a `RuleError` if it is invalid. */
export function parseRule(value: unknown): Rule {
  const problems = checkNamed(RULE, value);
  const missing = isRecord(value) && value['then'] === undefined ? [{ name: 'then', message: 'is missing' }] : [];
  if (problems.length + missing.length > 0) throw new RuleError([...problems, ...missing]);
  return value as Rule;
}

function matchProblem(match: unknown): string | null {
  return inOneLine(checkNamed(MATCH, match));
}

function thenProblem(action: unknown): string | null {
  if (!isRecord(action)) return 'must be an object';
  const kind = Object.keys(ACTIONS).find((name) => action[name] !== undefined);
  if (kind === undefined) return `must have one of ${Object.keys(ACTIONS).join(', ')}`;
  return inOneLine(checkNamed(ACTIONS[kind] ?? {}, action)) ?? EXTRA_CHECKS[kind]?.(action) ?? null;
}

/** Checks that depend on another part of the action. */
const EXTRA_CHECKS: Readonly<Record<string, (action: Record<string, unknown>) => string | null>> = {
  fault: faultProblem,
  delayMs: ({ on }) => (on === undefined ? `on ${isStage(on)}` : null),
};

function faultProblem({ fault, on, delayMs }: Record<string, unknown>): string | null {
  const faults = typeof on === 'string' ? FAULTS_BY_STAGE[on] : undefined;
  if (faults === undefined) return `on must be one of ${Object.keys(FAULTS_BY_STAGE).join(', ')}`;
  const message = oneOf(faults)(fault);
  if (message !== null) return `fault ${message}`;
  return delayMs === undefined || on === 'submit' ? null : 'delayMs is for faults on submit only';
}

function headersProblem(headers: unknown): string | null {
  const areTexts = isRecord(headers) && Object.values(headers).every((value) => typeof value === 'string');
  return areTexts ? null : 'must be an object of strings';
}
