/** The groups of commands in `imagepipeline --help`, by task. */
import type { Command } from 'commander';

/** Names of commands by heading, in the order of the help. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Get started:': ['demo', 'dev', 'doctor'],
  'Run operations:': ['generate', 'run', 'operations', 'plan', 'batch', 'schedule'],
  'Follow items and batches:': ['list', 'status', 'results', 'download', 'sheet'],
  'Control running work:': ['pause', 'resume', 'cancel', 'set', 'concurrency', 'max-failures', 'budget'],
  'Rerun and recover:': ['redrive', 'rescue', 'failures'],
  'Manage the account:': ['account', 'profiles', 'segment'],
  'Clean up the store:': ['usage', 'delete', 'prune'],
  'Run the services:': ['worker', 'gateway', 'emulator', 'setup'],
};

/** The heading of commands without a group. */
export const OTHER_COMMANDS = 'Other:';

/** Puts the program's commands under their headings. */
export function groupCommands(program: Command): void {
  for (const [heading, names] of Object.entries(GROUPS)) {
    for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(heading);
  }
}

/** Sorts names of commands as the help lists them; those without a group come last. */
export function sortByGroup(names: readonly string[]): readonly string[] {
  const grouped = Object.values(GROUPS)
    .flat()
    .filter((name) => names.includes(name));
  return [...grouped, ...names.filter((name) => !grouped.includes(name))];
}
