import { Connection, isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { connectTemporal, readTemporalTarget } from '../../connection/connection';
import { NEXUS_ENDPOINT } from '../../workflows/domain/base/nexus-names';
import { SEARCH_ATTRIBUTES } from '../../workflows/domain/base/search-attributes';
import { TASK_QUEUE } from '../../workflows/messages';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { UsageError } from '../usage-error';
import { createNexusEndpoint } from './nexus-endpoint';

const { IndexedValueType } = temporal.api.enums.v1;
const KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const NAMES = Object.values(SEARCH_ATTRIBUTES);

/** Adds `imagepipeline setup`. */
export const addSetupCommand: AddCommand = (program, context) => {
  program
    .command('setup')
    .description('register the search attributes that IMAGEPIPELINE_SEARCH_ATTRIBUTES=on needs; safe to repeat')
    .option(
      '--nexus [ENDPOINT]',
      `instead, create the Nexus endpoint by which other namespaces reach "imagepipeline worker --nexus" (default "${NEXUS_ENDPOINT}")`,
    )
    .action(({ nexus }: SetupFlags) => (nexus === undefined ? setup(context) : setupNexus(context, nexus)));
};

interface SetupFlags {
  readonly nexus?: string | true;
}

async function setupNexus({ env, stdout }: CliContext, given: string | true): Promise<void> {
  const { connection, options } = await connectTemporal(readTemporalTarget(env));
  try {
    const target = { namespace: options.namespace, taskQueue: TASK_QUEUE };
    const endpoint = { name: given === true ? NEXUS_ENDPOINT : given, ...target };
    const isNew = await createNexusEndpoint(connection, endpoint);
    stdout.write(`endpoint ${endpoint.name}: ${isNew ? 'created' : 'exists'}\n`);
  } finally {
    await connection.close();
  }
}

/** @throws UsageError if an attribute exists with another type, or the server refuses to register any */
async function setup({ env, stdout }: CliContext): Promise<void> {
  const { connection, options } = await connectTemporal(readTemporalTarget(env));
  try {
    if (!(connection instanceof Connection)) throw new TypeError('expected a connection to a server');
    const { namespace } = options;
    const known = await knownTo(connection, namespace);
    const missing = NAMES.filter((name) => !(name in known));
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    if (missing.length > 0) await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    for (const name of NAMES) stdout.write(`${name}: ${missing.includes(name) ? 'registered' : 'exists'}\n`);
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    throw new UsageError([
      `the server refuses to register search attributes (${error.details}); ` +
        `register ${NAMES.join(', ')} with type Keyword in the administration of your namespace`,
    ]);
  } finally {
    await connection.close();
  }
}

async function knownTo(connection: Connection, namespace: string): Promise<Readonly<Record<string, unknown>>> {
  const { customAttributes = {} } = await connection.operatorService.listSearchAttributes({ namespace });
  const known = customAttributes ?? {};
  const others = NAMES.filter((name) => name in known && known[name] !== KEYWORD);
  if (others.length === 0) return known;
  throw new UsageError(
    others.map((name) => `search attribute ${name} exists with another type; must be Keyword: remove it first`),
  );
}
