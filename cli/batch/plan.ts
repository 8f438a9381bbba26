import path from 'node:path';
import { ImagePipelineClient } from '../../client/client';
import type { ReportSink } from '../../input/findings';
import { InputFileError } from '../../input/input-file-error';
import { STDIN } from '../../input/open-input';
import type { PictureTools } from '../../input/pictures/picture-tools';
import { type Plan, planRows } from '../../input/plan';
import { ItemOverview, type RecipeOverview } from '../../input/recipes/item-overview';
import { findSampleProblem } from '../../input/sample';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { AddCommand } from '../command';
import type { CliContext, OutputStream } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { findDecodeProblem, findDecoderProblem, toPictureTools } from '../picture-tools';
import { LiveLines } from '../terminal/live-lines';
import { sortWords, UsageError } from '../usage-error';
import { FILE_ARGUMENT, toPlanWords, toRowChecks } from './input-flags';
import { numberIn } from './limit-flags';
import { type OpenedSource, openSource } from './open-source';
import { addPlanFlags, type PlanFlags, type Prices, readPrices } from './plan-flags';
import { ReportFile } from './plan-report';
import { formatFindings, formatPlan, formatRecipe, formatRefusals, formatTotals, type Reports } from './plan-text';

/** Interval between updates of the progress line, in ms. */
const PROGRESS_INTERVAL_MS = 500;

/** Adds `imagepipeline plan`. */
export const addPlanCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('plan')
    .description(
      'check rows, a folder of pictures or a recipe, and estimate submissions, time and cost; nothing is submitted',
    )
    .argument('[file]', FILE_ARGUMENT);
  addPlanFlags(command);
  // Commander stops at the first unknown argument; this command reports all problems at once.
  command.allowUnknownOption().allowExcessArguments();
  command.action(async (file: string | undefined, flags: PlanFlags) => {
    done(await planCommand(file, flags, context, process.stdin, sortWords(command, ['file']).problems));
  });
};

/**
 * @param problems problems of the command line found so far
 * @throws UsageError with every problem of the flags, or if the file cannot be read at all
 */
export async function planCommand(
  file: string | undefined,
  flags: PlanFlags,
  context: CliContext,
  stdin: AsyncIterable<Uint8Array>,
  problems: readonly string[] = [],
): Promise<ExitCode> {
  const { source, prices } = await checkedFlags(file, flags, context, stdin, problems);
  const report = reportFile(file ?? flags.recipe ?? STDIN, flags, context.cwd);
  const profiles = flags.checkProfiles ? await listProfileIds(context) : null;
  const tools = await loadPlanTools(flags, context);
  const items = new ItemOverview();
  const plan = await planSource(source, flags, { prices, report, profiles, tools, items }, context);
  const recipe = source.countCombinations === undefined ? null : items.show(source.countCombinations());
  const written = report?.isWritten ? report.shown : null;
  const reports = { problem: written, warning: takesWarnings(flags) ? written : null };
  if (flags.json)
    context.stdout.write(`${JSON.stringify({ ...plan, ...(recipe === null ? {} : { recipe }), report: written })}\n`);
  else print(plan, recipe, reports, context);
  return plan.mayStart ? EXIT.done : EXIT.badInput;
}

async function checkedFlags(
  file: string | undefined,
  flags: PlanFlags,
  context: CliContext,
  stdin: AsyncIterable<Uint8Array>,
  given: readonly string[],
): Promise<{ source: OpenedSource; prices: Prices }> {
  const { cwd } = context;
  const problems = [...given];
  const prices = readPrices(flags.price ?? [], problems);
  const inputs = [file, flags.recipe].flatMap((one) => (one === undefined ? [] : [path.resolve(cwd, one)]));
  if (flags.report !== undefined && inputs.includes(path.resolve(cwd, flags.report))) {
    problems.push('--report is the input file; must be another file');
  }
  const sample = numberIn(flags.sample);
  const wrong = sample === undefined ? null : findSampleProblem(sample);
  if (wrong !== null) problems.push(`--sample ${wrong}`);
  const source = await openSource(file, flags, context, stdin, problems);
  if (source === null || problems.length > 0) throw new UsageError(problems);
  return { source, prices };
}

/** The report file; for standard input, which has no name, only with --report. */
function reportFile(file: string, { report }: PlanFlags, cwd: string): ReportFile | null {
  if (report === undefined && file === STDIN) return null;
  const shown = report ?? `${path.basename(file)}.problems.jsonl`;
  return new ReportFile(path.resolve(cwd, shown), shown);
}

interface PlanTerms {
  readonly prices: Prices;
  readonly report: ReportFile | null;
  /** Ids of the profiles that exist; `null`: not checked. */
  readonly profiles: readonly string[] | null;
  readonly tools: PictureTools;
  readonly items: ItemOverview;
}

/** Without native code, pictures are not decoded, and a line says so. */
async function loadPlanTools(flags: PlanFlags, { stderr }: CliContext): Promise<PictureTools> {
  const tools = toPictureTools(flags);
  const problem = flags.decode === true ? await findDecoderProblem() : null;
  if (problem !== null) stderr.write(`pictures are not decoded: ${problem}\n`);
  return flags.decode === true && problem === null ? { ...tools, findDecodeProblem } : tools;
}

async function planSource(
  source: OpenedSource,
  flags: PlanFlags,
  { prices, report, profiles, tools, items }: PlanTerms,
  context: CliContext,
): Promise<Plan> {
  const { stderr } = context;
  const lines = new LiveLines(stderr);
  try {
    if (flags.report !== undefined) await report?.open();
    return await planRows(source.name, source.rows, {
      prices,
      sample: flags.sample === undefined ? undefined : Number(flags.sample),
      ...toRowChecks(flags),
      ...toPlanWords(source, context, tools),
      ...(profiles === null ? {} : { profiles }),
      onRow: async (row) => items.add(row),
      onProgress: progress(source.name, lines, stderr),
      ...(report === null ? {} : { report: sinkTo(report, flags) }),
    });
  } catch (error) {
    throw error instanceof InputFileError ? new UsageError([error.message]) : error;
  } finally {
    lines.clear();
    await report?.close();
  }
}

/** @throws ApiCallError, WorkerMissingError, NoServerError */
async function listProfileIds({ env }: CliContext): Promise<readonly string[]> {
  const client = await ImagePipelineClient.connect({ env });
  try {
    return (await client.profiles().list()).map(({ profile_id: id }) => id);
  } finally {
    await client.close();
  }
}

function sinkTo(report: ReportFile, flags: PlanFlags): ReportSink {
  return async (finding) => {
    if (finding.severity === 'problem' || takesWarnings(flags)) await report.add(finding);
  };
}

/** Duplicates are often intended: warnings create a file only with --report. */
function takesWarnings({ report }: PlanFlags): boolean {
  return report !== undefined;
}

function progress(name: string, lines: LiveLines, { isTTY }: OutputStream): (rows: number) => void {
  let shownAt = Date.now();
  return (rows) => {
    if (!isTTY || Date.now() - shownAt < PROGRESS_INTERVAL_MS) return;
    shownAt = Date.now();
    lines.show([`${name}: ${formatCount(rows, 'row')} read`]);
  };
}

function print(plan: Plan, recipe: RecipeOverview | null, reports: Reports, { stdout, stderr }: CliContext): void {
  for (const line of formatFindings(plan, reports)) stderr.write(`${line}\n`);
  for (const line of formatPlan(plan)) stdout.write(`${line}\n`);
  if (recipe !== null) for (const line of formatRecipe(plan, recipe)) stdout.write(`${line}\n`);
  const noun = recipe === null ? 'row' : 'item';
  for (const line of formatRefusals(plan, noun)) stderr.write(`${line}\n`);
  for (const line of formatTotals(plan, noun)) stdout.write(`${line}\n`);
}
