import type { Command } from 'commander';
import type { CliContext } from './context';
import type { ExitCode } from './exit-codes';

/** Adds a command to the program. Its action passes the exit code to `done`; without a call it is 0. */
export type AddCommand = (program: Command, context: CliContext, done: (code: ExitCode) => void) => void;
