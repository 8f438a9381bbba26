/** Temporal takes ten updates of a workflow at once; hundreds of images may want a permit in the same second. */
import { PermitAsks, type SendAsks } from '../../../activities/account/permit-requests';
import { DeadlinePassedError } from '../../../activities/running/with-deadline';
import type { AskAnswer, PermitAsk } from '../../../workflows/domain/leases/governor-protocol';

const LIMIT_MS = 5_000;
const makeAsk = (holder: string): PermitAsk => ({ holder, operation: 'generate/image', waits: true, again: false });
const answerTo = ({ holder }: PermitAsk): AskAnswer => ({
  answer: holder.endsWith('0') ? 'granted' : 'queued',
  isProbe: false,
  askAgainMs: 0,
  hold: null,
});

/** A governor that answers when it is told to. */
class SlowGovernor {
  readonly calls: { readonly asks: readonly PermitAsk[]; answer(): void; fail(error: Error): void }[] = [];

  readonly send: SendAsks = (asks) =>
    new Promise((resolve, reject) => {
      this.calls.push({ asks, answer: () => resolve(asks.map(answerTo)), fail: reject });
    });

  /** Until all that was asked is answered. */
  async answerAll<T>(answers: readonly Promise<T>[]): Promise<readonly T[]> {
    let isOver = false;
    const all = Promise.all(answers).finally(() => {
      isOver = true;
    });
    for (let next = 0; !isOver; next += 1) {
      this.calls[next]?.answer();
      await new Promise(setImmediate);
    }
    return all;
  }
}

test('what comes while others are on their way goes together, and each has its own answer', async () => {
  const governor = new SlowGovernor();
  const asks = new PermitAsks();
  const ids = Array.from({ length: 500 }, (_, index) => `image-${index}`);
  const answers = ids.map((id) => asks.ask('default', makeAsk(id), LIMIT_MS, governor.send));
  expect(governor.calls).toHaveLength(2);
  expect(await governor.answerAll(answers)).toEqual(ids.map((id) => answerTo(makeAsk(id))));
  expect(governor.calls.map((call) => call.asks.length)).toEqual([1, 1, 100, 100, 100, 100, 98]);
});

test('one account waits for no other', async () => {
  const governor = new SlowGovernor();
  const asks = new PermitAsks();
  const accounts = ['a', 'a', 'a', 'b', 'constructor', '__proto__'];
  const answers = accounts.map((account, index) => asks.ask(account, makeAsk(String(index)), LIMIT_MS, governor.send));
  expect(governor.calls.map((call) => call.asks.map(({ holder }) => holder))).toEqual([
    ['0'],
    ['1'],
    ['3'],
    ['4'],
    ['5'],
  ]);
  await governor.answerAll(answers);
});

test('a failure rejects all requests of the same update, and the next ones are sent', async () => {
  const governor = new SlowGovernor();
  const asks = new PermitAsks();
  const ask = (id: string) => asks.ask('default', makeAsk(id), LIMIT_MS, governor.send);
  const first = [ask('1'), ask('2')].map((answer) => expect(answer).rejects.toThrow('away'));
  const [later1, later2] = [ask('3'), ask('4')];
  governor.calls[0]?.fail(new Error('away'));
  governor.calls[1]?.fail(new Error('away'));
  await Promise.all(first);
  expect(await governor.answerAll([later1, later2])).toHaveLength(2);
  expect(governor.calls.at(-1)?.asks.map(({ holder }) => holder)).toEqual(['3', '4']);
});

test('requests without a waiting caller are not sent', async () => {
  const governor = new SlowGovernor();
  const asks = new PermitAsks();
  const first = [
    asks.ask('default', makeAsk('1'), LIMIT_MS, governor.send),
    asks.ask('default', makeAsk('2'), LIMIT_MS, governor.send),
  ];
  await expect(asks.ask('default', makeAsk('3'), 1, governor.send)).rejects.toThrow(DeadlinePassedError);
  await governor.answerAll(first);
  expect(governor.calls.flatMap((call) => call.asks.map(({ holder }) => holder))).toEqual(['1', '2']);
});
