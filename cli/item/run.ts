import { getOperationRow, OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import type { AddCommand } from '../command';
import { addItemFlags, runItems } from './generate';
import type { ItemFlags } from './item-flags';
import { addRecipeFlags, type RecipeFlags, runRecipe } from './run-recipe';

/** Adds `imagepipeline run`, with one subcommand per operation. */
export const addRunCommand: AddCommand = (program, context, done) => {
  // A flag after the name of an operation belongs to that operation.
  program.enablePositionalOptions();
  const run = program
    .command('run')
    .description('run any operation once, or the steps of a recipe, and wait until the result is stored')
    .enablePositionalOptions();
  addRecipeFlags(run);
  run.action(async (flags: RecipeFlags) => done(await runRecipe(run, flags, context)));
  for (const operation of OPERATION_NAMES) {
    const syntax = { operation, argument: null };
    const command = run.command(operation).description(`make ${getOperationRow(operation).about}`);
    addItemFlags(command, syntax);
    command.action(async (flags: ItemFlags) => done(await runItems(command, syntax, flags, context)));
  }
};
