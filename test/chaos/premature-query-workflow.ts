/** Acts on messages by starting timers, so that a message that was acted on too early leaves a trace: a timer that is missing. */
import { condition, defineQuery, defineSignal, setHandler, sleep } from '@temporalio/workflow';

const ACT_MS = 100;

export const messageSignal = defineSignal('message');
export const doneSignal = defineSignal('done');
export const heardQuery = defineQuery<number>('heard');

export async function listener(): Promise<number> {
  let heard = 0;
  let isDone = false;
  setHandler(messageSignal, () => {
    heard += 1;
  });
  setHandler(doneSignal, () => {
    isDone = true;
  });
  setHandler(heardQuery, () => heard);
  void actOn(() => heard);
  await condition(() => isDone);
  return heard;
}

async function actOn(heard: () => number): Promise<void> {
  for (let known = 0; ; ) {
    await condition(() => heard() > known);
    known = heard();
    await sleep(ACT_MS);
  }
}
