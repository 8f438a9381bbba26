/** Identity profiles, in memory. */
/** A profile as the API returns it. */
export interface Profile extends Readonly<Record<string, unknown>> {
  readonly profile_id: string;
}

/** The profiles of all keys, newest first. */
export class ProfileBook {
  readonly #byKey = new Map<string, readonly Profile[]>();

  of(key: string): readonly Profile[] {
    return this.#byKey.get(key) ?? [];
  }

  set(key: string, profiles: readonly Profile[]): void {
    this.#byKey.set(key, profiles);
  }
}
