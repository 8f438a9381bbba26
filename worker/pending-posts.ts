/** Counts paid requests in flight, for anyone who wants to end a worker. */
import { type ImagePipelineApi, MAX_POST_MS } from '../activities';

/** Paid requests that were sent and not answered yet. */
export interface PendingPosts {
  readonly count: number;
  /** Latest possible end of the last one, in ms since the epoch; `null` if there are none. */
  readonly until: number | null;
}

/** Counts the submissions of an API while they are in flight. */
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
