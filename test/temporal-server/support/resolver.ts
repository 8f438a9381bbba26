import { resolveTemporalCli } from '../../../tools/temporal';

/** Resolves in the environment given as its argument and writes its lines of progress as they come, then the result. */
async function main(): Promise<void> {
  const env = JSON.parse(process.argv[2] ?? '') as NodeJS.ProcessEnv;
  const download = () => Promise.reject(new Error('no download in this test'));
  const onProgress = (line: string) => console.log(JSON.stringify({ line }));
  console.log(JSON.stringify(await resolveTemporalCli({ env, download, onProgress })));
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
