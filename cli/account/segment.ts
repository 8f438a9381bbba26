import { ImagePipelineClient } from '../../client/client';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { toUsageError } from '../flag-problems';

/** Adds `imagepipeline segment`. */
export const addSegmentCommand: AddCommand = (program, context, done) => {
  program
    .command('segment')
    .description('name the parts of a picture, for --mask-segment of edit/image; a worker makes the call')
    .argument('<url>', 'public address of the picture')
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .action(async (url: string, flags: { readonly json?: true }) => done(await segment(url, flags, context)));
};

/** @throws UsageError if the address is none */
async function segment(
  imageUrl: string,
  { json }: { readonly json?: true },
  { env, stdout, stderr }: CliContext,
): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env });
  try {
    const found = await client.segment({ imageUrl });
    if (json) stdout.write(`${JSON.stringify(found)}\n`);
    else for (const { label, display } of found.segments) stdout.write(`${label}\t${display}\n`);
    if (!json && found.preview !== null) stderr.write(`preview: ${found.preview.file}\n`);
    return EXIT.done;
  } catch (error) {
    throw toUsageError(error);
  } finally {
    await client.close();
  }
}
