import { getOperationRow, OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import type { AddCommand } from '../command';
import { addItemFlags, type ItemFlags, runItems } from './generate';

/** Adds `imagepipeline run`, with one subcommand per operation. */
export const addRunCommand: AddCommand = (program, context, done) => {
  const run = program.command('run').description('run any operation once, and wait until its result is stored');
  for (const operation of OPERATION_NAMES) {
    const syntax = { operation, argument: null };
    const command = run.command(operation).description(`make ${getOperationRow(operation).about}`);
    addItemFlags(command, syntax);
    command.action(async (flags: ItemFlags) => done(await runItems(command, syntax, flags, context)));
  }
};
