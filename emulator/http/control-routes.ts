import type { FastifyRequest } from 'fastify';
import { parseRule, RuleError } from '../faults/rule-parser';
import { EmulatorOptionsError } from '../options';
import type { World } from '../world';
import { type Answer, json, validationAnswer } from './answer';
import { parseJson } from './body';
import type { Route } from './server';

const NO_CONTENT: Answer = { status: 204, body: '' };

/** Control routes for other processes, which are not part of the emulated API. They need no key. */
export function controlRoutes(world: World): readonly Route[] {
  return [
    { method: 'GET', path: '/_emulator/ledger', handle: () => ({ answer: json(200, world.ledger()) }) },
    { method: 'GET', path: '/_emulator/limits', handle: () => ({ answer: json(200, world.limitPeriods) }) },
    { method: 'POST', path: '/_emulator/rules', handle: applyChange((rule) => world.rules.add(parseRule(rule))) },
    { method: 'DELETE', path: '/_emulator/rules', handle: applyChange(() => world.rules.clear()) },
    { method: 'PUT', path: '/_emulator/limits', handle: applyChange((limits) => world.setLimits(limits as object)) },
  ];
}

function applyChange(change: (body: unknown) => void): Route['handle'] {
  return ({ body }: FastifyRequest) => {
    const parsed = parseJson(Buffer.isBuffer(body) && body.length > 0 ? body : Buffer.from('{}'));
    if ('problem' in parsed) return { answer: validationAnswer([parsed.problem]) };
    return { answer: attempt(() => change(parsed.value)) };
  };
}

function attempt(change: () => void): Answer {
  try {
    change();
    return NO_CONTENT;
  } catch (error) {
    if (!(error instanceof RuleError || error instanceof EmulatorOptionsError)) throw error;
    const detail = error.problems.map(({ name, message }) => ({
      loc: ['body', name],
      msg: message,
      type: 'value_error',
    }));
    return validationAnswer(detail);
  }
}
