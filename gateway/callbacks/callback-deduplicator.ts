/**
 * Drops callbacks that were delivered recently. Without it, a callback that is sent a thousand times would add a thousand
 * events to a history, whose length is limited.
 */
import type { CallbackClaim } from '../../workflows/domain/item/callback';
import type { CallbackFields } from './read-callback';

/** Number of submissions that are remembered, at some hundred bytes each. */
const MAX_SUBMISSIONS = 20_000;
/** Number of distinct messages per submission that are remembered; a provider sends one or two per job. */
const MAX_MESSAGES = 4;

type DeliveryResult = 'delivered' | 'gone' | 'repeated';
type Delivery = Promise<'delivered' | 'gone'>;

export class CallbackDeduplicator {
  /** Deliveries by submission, oldest first. */
  readonly #bySubmission = new Map<string, Map<string, Delivery>>();

  /**
   * Delivers a callback once. A repetition waits for a delivery in progress and gets its result.
   *
   * @throws the error of `deliver`; the callback may then be sent again
   */
  async once(
    claim: CallbackClaim,
    { jobId, status }: CallbackFields,
    deliver: () => Delivery,
  ): Promise<DeliveryResult> {
    const words = this.#wordsFor(JSON.stringify([claim.workflowId, claim.run, claim.key, claim.submission]));
    const word = JSON.stringify([jobId, status]);
    const earlier = words.get(word);
    if (earlier !== undefined) return earlier.then(() => 'repeated');
    if (words.size >= MAX_MESSAGES) return 'repeated';
    const delivery = deliver();
    words.set(word, delivery);
    try {
      return await delivery;
    } catch (error) {
      words.delete(word);
      throw error;
    }
  }

  #wordsFor(submission: string): Map<string, Delivery> {
    const words = this.#bySubmission.get(submission) ?? new Map<string, Delivery>();
    this.#bySubmission.delete(submission);
    this.#bySubmission.set(submission, words);
    const [oldest] = this.#bySubmission.keys();
    if (this.#bySubmission.size > MAX_SUBMISSIONS && oldest !== undefined) this.#bySubmission.delete(oldest);
    return words;
  }
}
