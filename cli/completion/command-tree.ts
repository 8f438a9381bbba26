/** The commands and their flags as completions need them, read from commander. */
import type { Command, Option } from 'commander';
import { DELIMITERS } from '../../client/input/delimiter';
import { getOwn } from '../../workflows/domain/base/own-value';
import { FAILURES } from '../../workflows/domain/failures/failures';
import { DEFAULT_OPERATION, getOperationRow, OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import { toDashes } from '../item/request-flags';

export interface Flag {
  /** With its dashes. */
  readonly name: string;
  readonly about: string;
  readonly takesValue: boolean;
  /** What its value can be, where there are few. */
  readonly values: readonly string[];
}

export interface Node {
  /** Names from below the program down to it; empty for the program. */
  readonly path: readonly string[];
  readonly about: string;
  /** Names of the commands below it. */
  readonly commands: readonly string[];
  readonly flags: readonly Flag[];
}

/** Commands check such values themselves, to tell all problems at once, so commander does not know them. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  ...listChoices(),
  '--delimiter': DELIMITERS.map(({ name }) => name),
  '--format': ['csv', 'jsonl'],
  '--outcome': ['succeeded', 'failed', 'cancelled', 'unknown'],
  '--on-too-many-failures': ['pause', 'cancel'],
  '--operation': OPERATION_NAMES,
  '--code': Object.keys(FAILURES),
};

/** The values of the request's fields that have a fixed set of them. */
function listChoices(): Readonly<Record<string, readonly string[]>> {
  const fields = Object.entries(getOperationRow(DEFAULT_OPERATION).fields);
  return Object.fromEntries(
    fields.flatMap(([field, rule]) => (rule.type === 'choice' ? [[`--${toDashes(field)}`, rule.choices]] : [])),
  );
}

/** The program and every command, the outer before the inner. */
export function listNodes(command: Command, path: readonly string[] = []): readonly Node[] {
  const commands = command.commands.map((one) => one.name());
  const node = { path, about: command.description(), commands, flags: command.options.map(toFlag) };
  return [node, ...command.commands.flatMap((one) => listNodes(one, [...path, one.name()]))];
}

function toFlag(option: Option): Flag {
  const name = option.long ?? option.short ?? '';
  const takesValue = option.required || option.optional;
  return { name, about: option.description, takesValue, values: takesValue ? (getOwn(VALUES, name) ?? []) : [] };
}
