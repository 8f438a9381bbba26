/** Bodies of calls that are not jobs. */
import type { FastifyRequest } from 'fastify';
import { isRecord } from '../checks';
import { type Answer, validationAnswer } from '../http/answer';
import { parseJson } from '../http/body';
import * as check from './field-checks';

/** Answers by the fields of a body, or with every problem of them. A body that is no object has no fields. */
export function withBody<T extends Answer | Promise<Answer>>(
  { body }: FastifyRequest,
  fields: Readonly<Record<string, check.Field>>,
  work: (body: Readonly<Record<string, unknown>>) => T,
): T | Answer {
  const parsed = parseJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
  if ('problem' in parsed) return validationAnswer([parsed.problem]);
  const given = isRecord(parsed.value) ? parsed.value : {};
  const problems = check.checkFields(fields, given);
  return problems.length > 0 ? validationAnswer(problems) : work(given);
}
