/** Steps after the end of the batch: by a user who wants the remaining items, or by a mistaken operator. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../../emulator';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { ItemReport, ItemResultRow } from '../../workflows/domain/item/item';
import { byKey, formatPromptEnd, isEditedItem, listKeys, type SingleHoldEvidence, toSingleKey } from './evidence';
import { untilAnswered, withinTime } from './patience';
import type { Step } from './plan-steps';
import { listRepaid, listUnsettled, toPlace } from './recipe-steps';
import { resetWorkflow } from './reset';
import { payAndResume, type SeedContext } from './seed-context';
import { runSingle } from './singles';
import { SLOW_START, writeRows } from './starters';

interface StepTerms {
  readonly context: SeedContext;
  /** The outcomes of the batch's items so far. */
  readonly lines: readonly ItemResultRow[];
  /** Receives the findings. */
  readonly accountRefusals: SingleHoldEvidence[];
  readonly refused: string[];
  readonly allowedAgain: Map<string, number>;
  readonly allowedPayments: Map<string, number>;
  /** Whether to use a separate process, because it may have to be killed. */
  readonly mayHang: boolean;
}

const STEP_PATIENCE_MS = 60_000;
const AGAIN_MS = 2_000;
const LOOK_MS = 200;
/** Exit code of bad input, or of a refusal by the batch. */
const REFUSED_BY_ANOTHER = 2;

/** Outcomes of items that are run again from a step, or with edited rows. */
const RUN_BY_STEP = ['succeeded', 'failed', 'cancelled'];

const REFUSALS: readonly { readonly code: string; readonly then: Action }[] = [
  { code: 'INSUFFICIENT_CREDITS', then: { refuse: 'INSUFFICIENT_CREDITS' } },
  { code: 'CREDIT_CHARGE_FAILED', then: { refuse: 'CREDIT_CHARGE_FAILED' } },
  { code: 'UNAUTHENTICATED', then: { status: 401, body: {}, on: 'submit' } },
];

/** Whether the batch runs again afterwards. */
export const STEP: Readonly<Record<Step, (terms: StepTerms) => Promise<void>>> = {
  redrive: (terms) => redrive(terms, []),
  'redrive in a process': (terms) => redrive({ ...terms, mayHang: true }, []),
  'redrive twice at once': async ({ context }) => {
    context.stack.setSlow(SLOW_START);
    const args = ['redrive', context.id, '--detach'];
    const both = [0, 1].map(() => context.stack.slowCommand(args, context));
    // One of them may be refused; both if nothing is left to run.
    await withinTime(Date.now() + STEP_PATIENCE_MS, Promise.all(both.map(({ ended }) => ended)));
    for (const child of both) if (!child.hasEnded()) child.send('SIGKILL');
    context.stack.setSlow(null);
  },
  'redrive what is unknown': async (terms) => {
    const { recipe } = terms.context.plan;
    for (const line of terms.lines.filter(({ outcome }) => outcome === 'unknown')) {
      add(terms.allowedAgain, line.key);
      allow(terms, line.key, recipe === null ? [null] : listUnsettled(line, recipe));
    }
    await redrive(terms, ['--outcome', 'unknown']);
  },
  'reset the ended batch': ({ context }) => resetNow(context, context.id),
  'reset an ended page': async ({ context }) => {
    const page = pageWorkflowId(context.id, 0);
    await resetNow(context, page);
    const handle = context.client.temporal.workflow.getHandle(page);
    const endAt = Date.now() + STEP_PATIENCE_MS;
    await withinTime(
      endAt,
      untilAnswered({ endAt }, () => handle.result().catch(() => null)),
    );
  },
  'redrive from a step': async (terms) => {
    const { recipe } = terms.context.plan;
    if (recipe === null) return;
    for (const line of terms.lines) allow(terms, line.key, listRepaid(line, recipe, recipe.redrivenStep));
    const step = recipe.steps[recipe.redrivenStep]?.id ?? '';
    await redrive(terms, ['--outcome', ...RUN_BY_STEP, '--from-step', step, '--yes']);
  },
  'redrive edited rows': async (terms) => {
    const { plan } = terms.context;
    const { recipe } = plan;
    if (recipe === null) return;
    const edited = new Set(listKeys(plan).filter((_key, item) => isEditedItem(item)));
    for (const line of terms.lines.filter(({ key }) => edited.has(key)))
      allow(terms, line.key, listRepaid(line, recipe, recipe.redrivenStep));
    const rows = writeRows(terms.context, 'edited');
    await redrive(terms, ['--input', ...rows, '--outcome', ...RUN_BY_STEP, '--yes']);
  },
  'refusal of single items': async ({ context, accountRefusals }) => {
    for (const refusal of REFUSALS) accountRefusals.push(...(await meetRefusal(context, refusal)));
  },
};

/** Notes payments that the user asks for again. */
function allow({ allowedPayments }: StepTerms, key: string, steps: readonly (string | null)[]): void {
  for (const step of steps) add(allowedPayments, toPlace(key, step));
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Repeats the same command until it is accepted, as a user does who reads that something is unavailable. */
async function redrive({ context, mayHang, refused }: StepTerms, flags: readonly string[]): Promise<void> {
  const args = ['redrive', context.id, '--detach', ...flags];
  const endAt = Date.now() + STEP_PATIENCE_MS;
  for (;;) {
    const { exit, said } = mayHang
      ? await inProcess(context, args, endAt)
      : await context.stack.commandInside(args, context);
    if (exit === 0) return;
    if (Date.now() > endAt) {
      refused.push(said);
      return;
    }
    await sleep(AGAIN_MS);
  }
}

async function inProcess({ stack, account }: SeedContext, args: readonly string[], endAt: number) {
  const child = stack.command(args, { account });
  const exit = await withinTime(endAt, child.ended);
  if (exit === null) child.send('SIGKILL');
  return { exit: typeof exit === 'number' ? exit : REFUSED_BY_ANOTHER, said: child.log() };
}

async function resetNow({ client }: SeedContext, workflowId: string): Promise<void> {
  await untilAnswered({ endAt: Date.now() + STEP_PATIENCE_MS }, () => resetWorkflow(client.temporal, workflowId));
}

/** One item is refused and fails; the cause is removed and the account resumed; the next item should succeed. */
async function meetRefusal(
  context: SeedContext,
  { code, then }: (typeof REFUSALS)[number],
): Promise<readonly SingleHoldEvidence[]> {
  const { plan, emulator, client } = context;
  const endAt = Date.now() + STEP_PATIENCE_MS;
  const [first, second] = ['first', 'next'].map((name) => `w${plan.seed}-${code}-${name}`);
  const prompt = formatPromptEnd(toSingleKey({ id: first ?? '' }));
  emulator.script({ match: { promptIncludes: prompt }, times: 1, then });
  const met: ItemReport | null = await runSingle(context, { id: first ?? '', waits: false }, { endAt });
  const held = await untilAnswered({ endAt }, () => client.account().status());
  if (met === null || held?.hold?.code !== code) return [];
  await untilAnswered({ endAt }, () => payAndResume(context));
  for (let round = 1; ; round += 1) {
    const id = `${second}-${round}`;
    const next = await runSingle(context, { id, waits: false }, { endAt });
    const wasSent = byKey(emulator.ledger().posts).has(toSingleKey({ id }));
    // An item that has waited longer may be the probe; until it has ended, the next one is rightly refused.
    if (wasSent || !(await hasAnotherGoneAhead(context, endAt))) return [{ code, next, wasSent }];
  }
}

/** Waits for the batch's end, if it ends. */
async function hasAnotherGoneAhead({ client }: SeedContext, endAt: number): Promise<boolean> {
  for (let looks = 0; Date.now() < endAt; looks += 1) {
    const status = await untilAnswered({ endAt }, () => client.account().status());
    if (status === null || status.holders.every(({ permits }) => permits === 0)) return looks > 0;
    await sleep(LOOK_MS);
  }
  return false;
}
