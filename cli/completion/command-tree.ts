/** Reads the commands and flags that completion scripts list from commander. */
import type { Command, Option } from 'commander';
import { DELIMITERS } from '../../input/delimiter';
import { getOwn } from '../../workflows/domain/base/own-value';
import { FAILURES } from '../../workflows/domain/failures/failures';
import { getOperationRow, OPERATION_NAMES } from '../../workflows/domain/operations/operations';
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
  ...listChoices(),
  '--delimiter': DELIMITERS.map(({ name }) => name),
  '--format': ['csv', 'jsonl'],
  '--outcome': ['succeeded', 'failed', 'cancelled', 'unknown'],
  '--on-too-many-failures': ['pause', 'cancel'],
  '--operation': OPERATION_NAMES,
  '--code': Object.keys(FAILURES),
};

/** The allowed values of each request field that is a choice. */
function listChoices(): Readonly<Record<string, readonly string[]>> {
  const fields = OPERATION_NAMES.flatMap((name) => Object.entries(getOperationRow(name).fields));
  return Object.fromEntries(
    fields.flatMap(([field, rule]) => (rule.type === 'choice' ? [[`--${toDashes(field)}`, rule.choices]] : [])),
  );
}

/** Lists the program and every command, parents before children. */
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
