import type { Command } from 'commander';
import type { CliContext } from './context';
import type { ExitCode } from './exit-codes';

/** Adds a command; its action tells the exit code through `done`, which is 0 if it is never called. */
export type AddCommand = (program: Command, context: CliContext, done: (code: ExitCode) => void) => void;
