/** Reads the commands and flags that completion scripts list from commander. */
import type { Command, Option } from 'commander';
import { DELIMITERS } from '../../input/delimiter';
import { getOwn } from '../../workflows/domain/base/own-value';
import { FAILURES } from '../../workflows/domain/failures/failures';
import {
  DEFAULT_OPERATION,
  getOperationRow,
  isOperationName,
  OPERATION_NAMES,
  type OperationName,
} from '../../workflows/domain/operations/operations';
import { toDashes } from '../item/request-flags';

interface Flag {
  /** The flag with its dashes, for instance `--json`. */
  readonly name: string;
  readonly about: string;
  readonly takesValue: boolean;
  /** The allowed values; empty if any value is allowed or the flag takes none. */
  readonly values: readonly string[];
}

export interface Node {
  /** Names of the command and of the commands above it, outermost first; empty for the program. */
  readonly path: readonly string[];
  readonly about: string;
  /** Names of its subcommands. */
  readonly commands: readonly string[];
  readonly flags: readonly Flag[];
}

/** Not declared to commander: the commands check these values and report all problems at once. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '--delimiter': DELIMITERS.map(({ name }) => name),
  '--format': ['csv', 'jsonl'],
  '--outcome': ['succeeded', 'failed', 'cancelled', 'unknown'],
  '--on-too-many-failures': ['pause', 'cancel'],
  '--operation': OPERATION_NAMES,
  '--code': Object.keys(FAILURES),
};

/** Lists the program and every command, parents before children. */
export function listNodes(command: Command, path: readonly string[] = []): readonly Node[] {
  const commands = command.commands.map((one) => one.name());
  const node = {
    path,
    about: command.description(),
    commands,
    flags: command.options.map((option) => toFlag(option, path)),
  };
  return [node, ...command.commands.flatMap((one) => listNodes(one, [...path, one.name()]))];
}

function toFlag(option: Option, path: readonly string[]): Flag {
  const name = option.long ?? option.short ?? '';
  const takesValue = option.required || option.optional;
  return { name, about: option.description, takesValue, values: takesValue ? listValues(name, path) : [] };
}

/** The allowed values of a flag: operations have different choices for fields of the same name. */
function listValues(flag: string, path: readonly string[]): readonly string[] {
  const operation = findOperation(path);
  const fields = operation === null ? [] : Object.entries(getOperationRow(operation).fields);
  const [, rule] = fields.find(([field]) => `--${toDashes(field)}` === flag) ?? [];
  if (rule !== undefined) return rule.type === 'choice' ? rule.choices : [];
  return getOwn(VALUES, flag) ?? [];
}

/** The operation whose fields are flags of a command; `null` if there is none. */
function findOperation([command, name = '']: readonly string[]): OperationName | null {
  if (command === 'generate') return DEFAULT_OPERATION;
  return command === 'run' && isOperationName(name) ? name : null;
}
