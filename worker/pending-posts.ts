/** The paid requests that are under way: whoever wants to end a worker should know of them. */
import { type ImagePipelineApi, MAX_POST_MS } from '../activities';

/** Paid requests that were sent and are not answered yet. */
export interface PendingPosts {
  readonly count: number;
  /** When the last of them ends at the latest, in ms since the epoch; `null` without any. */
  readonly until: number | null;
}

/** Counts the submissions of an API while they are under way. */
export class PostCounter {
  readonly #begun = new Map<symbol, number>();

  get pending(): PendingPosts {
    const begun = [...this.#begun.values()];
    return {
      count: begun.length,
      until: begun.length === 0 ? null : Math.max(...begun) + MAX_POST_MS,
    };
  }

  counting(api: ImagePipelineApi): ImagePipelineApi {
    return {
      ...api,
      submit: async (...args) => {
        const post = Symbol('post');
        this.#begun.set(post, Date.now());
        try {
          return await api.submit(...args);
        } finally {
          this.#begun.delete(post);
        }
      },
    };
  }
}
