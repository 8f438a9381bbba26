import type { Command } from 'commander';
import { ImagePipelineClient } from '../../client/client';
import type { FieldRule } from '../../workflows/domain/operations/operations';
import {
  PROFILE_FIELDS,
  type Profile,
  type ProfileChanges,
  type ProfileFields,
} from '../../workflows/domain/operations/profiles';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { toUsageError } from '../flag-problems';
import { addFieldFlags, readFieldFlags } from '../item/request-flags';
import { formatLocalTime } from '../terminal/local-time';

type ProfileFlags = Readonly<Record<string, string | boolean | undefined>>;

type Fields = readonly (readonly [string, FieldRule])[];

const FIELDS: Fields = Object.entries(PROFILE_FIELDS);
/** A change requires no field. */
const OPTIONAL_FIELDS: Fields = FIELDS.map(([field, { required: _required, ...rule }]) => [field, rule]);

/** Adds `imagepipeline profiles list`, `create`, `show`, `change` and `delete`. */
export const addProfilesCommand: AddCommand = (program, context, done) => {
  const profiles = program
    .command('profiles')
    .description('identity profiles: settings that requests name by --profile-id; a worker makes each call');
  const add = (name: string, about: string) =>
    profiles.command(name).description(about).option('--json', 'print JSON on stdout, and nothing else');
  const run = async (flags: ProfileFlags, call: Call) => done(await callAndPrint(flags, context, call));
  add('list', 'list the profiles, newest first').action((flags: ProfileFlags) =>
    run(flags, async (all) => {
      const found = await all.list();
      if (found.length === 0) context.stderr.write('there are no profiles\n');
      return found;
    }),
  );
  withFields(add('create', 'create a profile'), FIELDS).action((flags: ProfileFlags) =>
    run(flags, async (all) => [await all.create(readFieldFlags(FIELDS, flags) as ProfileFields)]),
  );
  withId(add('show', 'show a profile')).action((id: string, flags: ProfileFlags) =>
    run(flags, async (all) => [await all.show(id)]),
  );
  withFields(withId(add('change', 'change fields of a profile; the others stay as they are')), OPTIONAL_FIELDS).action(
    (id: string, flags: ProfileFlags) =>
      run(flags, async (all) => [await all.change(id, readFieldFlags(FIELDS, flags) as ProfileChanges)]),
  );
  withId(add('delete', 'delete a profile')).action((id: string, flags: ProfileFlags) =>
    run(flags, async (all) => {
      await all.delete(id);
      return [];
    }),
  );
};

type Call = (profiles: ReturnType<ImagePipelineClient['profiles']>) => Promise<readonly Profile[]>;

function withId(command: Command): Command {
  return command.argument('<id>', 'id of the profile');
}

function withFields(command: Command, fields: Fields): Command {
  addFieldFlags(command, fields);
  return command;
}

/** @throws UsageError with every problem of the flags */
async function callAndPrint({ json }: ProfileFlags, { env, stdout }: CliContext, call: Call): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env });
  try {
    const found = await call(client.profiles());
    const lines = json === true ? found.map((one) => JSON.stringify(one)) : found.map(formatProfile);
    for (const line of lines) stdout.write(`${line}\n`);
    return EXIT.done;
  } catch (error) {
    throw toUsageError(error);
  } finally {
    await client.close();
  }
}

function formatProfile({ profile_id: id, name, created_at: created, description }: Profile): string {
  const at =
    typeof created === 'string' && !Number.isNaN(Date.parse(created)) ? formatLocalTime(new Date(created)) : '';
  return [id, at, name, typeof description === 'string' ? description : ''].filter((part) => part !== '').join('  ');
}
