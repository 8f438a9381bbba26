/** A rig whose workers notify a receiver, and the receiver. */
import type { NotificationEvent } from '../../workflows/domain/notifications/notification';
import { NOTIFY_SECRET, type Receiver, startReceiver } from '../support/receiver';
import { type Rig, startRig } from '../support/rig';

export interface NotifiedRig {
  readonly rig: Rig;
  readonly receiver: Receiver;
  close(): Promise<void>;
}

export async function startNotifiedRig(): Promise<NotifiedRig> {
  const receiver = await startReceiver();
  const rig = await startRig({ notifications: { secrets: [NOTIFY_SECRET], allowPrivate: true } });
  const close = async () => {
    await rig.close();
    await receiver.close();
  };
  return { rig, receiver, close };
}

export function toRows(prompts: readonly string[]) {
  return prompts.map((prompt, index) => ({ key: `k${index}`, prompt }));
}

/** What was delivered about a batch. */
export function listEvents(receiver: Receiver, batch: string): readonly NotificationEvent[] {
  return receiver.accepted().filter(({ data }) => 'batch' in data && data.batch === batch);
}
