/**
 * What was told to workflows lately. A callback that is sent a thousand times would otherwise be a thousand events of
 * a history, and a history has an end.
 */
import type { CallbackClaim } from '../../workflows/domain/item/callback';
import type { CallbackWords } from './read-callback';

/** Submissions that are remembered; some hundred bytes each. */
const MAX_SUBMISSIONS = 20_000;
/** A provider has one or two things to say of a job. */
const MAX_MESSAGES = 4;

export type DeliveryResult = 'delivered' | 'gone' | 'repeated';
type Delivery = Promise<'delivered' | 'gone'>;

export class CallbackDeduplicator {
  /** Oldest first. */
  readonly #bySubmission = new Map<string, Map<string, Delivery>>();

  /**
   * Delivers what was not told before. What is under way is waited for, so that no answer promises more than is known.
   *
   * @throws what `deliver` throws; it may be tried again then
   */
  async once(claim: CallbackClaim, { jobId, status }: CallbackWords, deliver: () => Delivery): Promise<DeliveryResult> {
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
