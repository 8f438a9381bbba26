/** What is done when the batch has ended: by somebody who wants the rest of it, or by an operator who errs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../../emulator';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import type { ItemReport, ItemResultRow } from '../../workflows/domain/item/item';
import { byKey, calledOf, singleKeyOf, type WallEvidence } from './evidence';
import { untilAnswered, withinTime } from './patience';
import type { Step } from './plan-steps';
import { resetWorkflow } from './reset';
import { payAndResume, type SeedContext } from './seed-context';
import { runSingle } from './singles';
import { SLOW_START } from './starters';

export interface StepTerms {
  readonly context: SeedContext;
  /** How every item of the batch has ended until now. */
  readonly lines: readonly ItemResultRow[];
  /** Where what was found is noted. */
  readonly accountRefusals: WallEvidence[];
  readonly refused: string[];
  readonly allowedAgain: Map<string, number>;
  /** Whether a process of its own should do what could be done in ours: it may have to be ended. */
  readonly mayHang: boolean;
}

const STEP_PATIENCE_MS = 60_000;
const AGAIN_MS = 2_000;
const LOOK_MS = 200;
/** Bad input, or a batch that refuses. */
const REFUSED_BY_ANOTHER = 2;

const WALLS: readonly { readonly code: string; readonly then: Action }[] = [
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
    // One of them may be refused, and both where nothing is left to be run.
    await withinTime(Date.now() + STEP_PATIENCE_MS, Promise.all(both.map(({ ended }) => ended)));
    for (const child of both) if (!child.hasEnded()) child.send('SIGKILL');
    context.stack.setSlow(null);
  },
  'redrive what is unknown': async (terms) => {
    for (const { key, outcome } of terms.lines) {
      if (outcome === 'unknown') terms.allowedAgain.set(key, (terms.allowedAgain.get(key) ?? 0) + 1);
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
  'wall for single items': async ({ context, accountRefusals }) => {
    for (const wall of WALLS) accountRefusals.push(...(await meetWall(context, wall)));
  },
};

/** Until it is taken: by the same command again, as somebody does who reads that something is away. */
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

/** One item meets it and fails; somebody takes its cause away and resumes; the next item should go through. */
async function meetWall(
  context: SeedContext,
  { code, then }: (typeof WALLS)[number],
): Promise<readonly WallEvidence[]> {
  const { plan, emulator, client } = context;
  const endAt = Date.now() + STEP_PATIENCE_MS;
  const [first, second] = ['first', 'next'].map((name) => `w${plan.seed}-${code}-${name}`);
  const prompt = calledOf(singleKeyOf({ id: first ?? '' }));
  emulator.script({ match: { promptIncludes: prompt }, times: 1, then });
  const met: ItemReport | null = await runSingle(context, { id: first ?? '', waits: false }, { endAt });
  const held = await untilAnswered({ endAt }, () => client.account().status());
  if (met === null || held?.hold?.code !== code) return [];
  await untilAnswered({ endAt }, () => payAndResume(context));
  for (let round = 1; ; round += 1) {
    const id = `${second}-${round}`;
    const next = await runSingle(context, { id, waits: false }, { endAt });
    const wasSent = byKey(emulator.ledger().posts).has(singleKeyOf({ id }));
    // An item that waited since before may go ahead of it: until that has ended the next one is refused, as it should be.
    if (wasSent || !(await hasAnotherGoneAhead(context, endAt))) return [{ code, next, wasSent }];
  }
}

/** Waits for its end, if there is one. */
async function hasAnotherGoneAhead({ client }: SeedContext, endAt: number): Promise<boolean> {
  for (let looks = 0; Date.now() < endAt; looks += 1) {
    const status = await untilAnswered({ endAt }, () => client.account().status());
    if (status === null || status.holders.every(({ permits }) => permits === 0)) return looks > 0;
    await sleep(LOOK_MS);
  }
  return false;
}
