/**
 * What a seed is about beside its troubles. `two starters`: two processes start the same id with different rows.
 * `cannot begin`: another batch of the account is started with a store that the workers do not have. `always 403`: one
 * row is refused with 403 however often it is sent. `overdue`: some jobs take longer than the time that they are given,
 * and their status cannot be read at first.
 */
export const SCENES = ['none', 'two starters', 'cannot begin', 'always 403', 'overdue'] as const;

export type Scene = (typeof SCENES)[number];
