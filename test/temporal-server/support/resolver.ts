import { resolveTemporalCli } from '../../../tools/temporal';

/** Resolves in the environment given as its argument and writes one line: the result. */
async function main(): Promise<void> {
  const env = JSON.parse(process.argv[2] ?? '') as NodeJS.ProcessEnv;
  const lines: string[] = [];
  const download = () => Promise.reject(new Error('no download in this test'));
  const resolved = await resolveTemporalCli({ env, download, onProgress: (line) => lines.push(line) });
  console.log(JSON.stringify({ ...resolved, lines }));
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
