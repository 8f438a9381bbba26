/** `doctor --live`: a few small jobs at the API itself, and a report of what agrees with the assumptions and what differs. */
import {
  CallbackListener,
  compareWithAssumptions,
  createUndiciTransport,
  type Evidence,
  gatherEvidence,
  type ReportLine,
  type Verdict,
} from '../../activities';
import { adviseOperation } from '../../input/requests/operation-advice';
import type { WorkerSettings } from '../../worker';
import { formatCount } from '../../workflows/domain/base/format-count';
import { DEFAULT_OPERATION, isOperationName } from '../../workflows/domain/operations/operations';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { toDashes } from '../item/request-flags';
import { UsageError } from '../usage-error';
import { readSettings } from './read-settings';

export interface LiveFlags {
  readonly json?: true;
  readonly live?: true;
  readonly maxSubmissions?: string;
  readonly operation?: readonly string[];
  readonly callbackUrl?: string;
  readonly callbackPort?: string;
  readonly waitExpiry?: true;
}

const MAX_SUBMISSIONS = 20;
const MAX_PORT = 65_535;
const MARKS: Readonly<Record<Verdict, string>> = { agrees: '✓', differs: '✗', unknown: '?' };

/** Every problem with the flags of a live check, and those that are given without `--live`. */
export function findLiveProblems(flags: LiveFlags): readonly string[] {
  const { live, json: _json, ...others } = flags;
  if (live !== true) {
    return Object.keys(others).map((name) => `--${toDashes(name)} is for --live only`);
  }
  const { maxSubmissions, operation = [], callbackUrl, callbackPort } = flags;
  const problems = operation.flatMap((name) =>
    isOperationName(name) ? [] : [`--operation "${name}" is not an operation; ${adviseOperation(name)}`],
  );
  if (!isWithin(maxSubmissions, 1, MAX_SUBMISSIONS)) {
    problems.push(
      `--max-submissions must be a whole number from 1 to ${MAX_SUBMISSIONS}, because each submission costs money; it is ${maxSubmissions === undefined ? 'missing' : `"${maxSubmissions}"`}`,
    );
  }
  if ((callbackUrl === undefined) !== (callbackPort === undefined)) {
    problems.push('--callback-url and --callback-port must be given together');
  }
  if (callbackUrl !== undefined && !URL.canParse(callbackUrl)) problems.push('--callback-url must be an address');
  if (callbackPort !== undefined && !isWithin(callbackPort, 1, MAX_PORT)) {
    problems.push(`--callback-port must be a port from 1 to ${MAX_PORT}; it is "${callbackPort}"`);
  }
  return problems;
}

function isWithin(text: string | undefined, minimum: number, maximum: number): boolean {
  return text !== undefined && /^\d+$/.test(text) && Number(text) >= minimum && Number(text) <= maximum;
}

/** @throws UsageError if the settings are invalid or have no key */
export async function checkLive(flags: LiveFlags, { env, cwd, stdout, stderr }: CliContext): Promise<ExitCode> {
  const { worker, hasKey, finding } = readSettings(env, cwd);
  if (worker === null) throw new UsageError([finding.found]);
  if (!hasKey) throw new UsageError(['--live needs IMAGEPIPELINE_API_KEY']);
  const evidence = await gather(flags, worker.value, (line) => stderr.write(`${line}\n`));
  const lines = compareWithAssumptions(evidence);
  const isAsAssumed = lines.every(({ verdict }) => verdict !== 'differs');
  if (flags.json) stdout.write(`${JSON.stringify({ ok: isAsAssumed, lines, evidence })}\n`);
  else stdout.write(formatReport(lines, evidence));
  return isAsAssumed ? EXIT.done : EXIT.badInput;
}

async function gather(
  { maxSubmissions, operation = [DEFAULT_OPERATION], callbackUrl, callbackPort, waitExpiry }: LiveFlags,
  { baseUrl, apiKey, allowPrivateResults, proxies = {} }: WorkerSettings,
  onProgress: (line: string) => void,
): Promise<Evidence> {
  const transport = createUndiciTransport({ proxies });
  const callbacks = callbackUrl === undefined ? null : await CallbackListener.listen(callbackUrl, Number(callbackPort));
  try {
    return await gatherEvidence({
      baseUrl,
      apiKey,
      allowPrivateResults: allowPrivateResults === true,
      transport: transport.send,
      operations: operation.filter(isOperationName),
      maxSubmissions: Number(maxSubmissions),
      callbacks,
      waitsForExpiry: waitExpiry === true,
      onProgress,
    });
  } finally {
    await callbacks?.close();
    await transport.close();
  }
}

function formatReport(lines: readonly ReportLine[], { submissions, untried }: Evidence): string {
  const width = Math.max(...lines.map(({ topic }) => topic.length));
  const report = lines.flatMap(({ topic, verdict, assumed, seen, proposal }) => [
    `${MARKS[verdict]} ${topic.padEnd(width)}  ${seen}`,
    ...(verdict === 'differs' ? [`  ${' '.repeat(width)}  assumed: ${assumed}`] : []),
    ...(proposal === undefined ? [] : [`  ${' '.repeat(width)}  set ${proposal}`]),
  ]);
  const rest = Object.entries(untried).map(([name, why]) => `${name} was not tried: it ${why}`);
  const count = `${formatCount(submissions, 'submission')} may have been charged`;
  return `${[...report, ...rest, count].join('\n')}\n`;
}
