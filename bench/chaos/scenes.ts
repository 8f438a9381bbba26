/**
 * The special situation of a seed. `two starters`: two processes start the same id with different rows. `cannot begin`:
 * another batch of the account uses a store that the workers do not have. `always 403`: one row is always refused with
 * 403. `overdue`: some jobs exceed their time limit, and their status cannot be read at first.
 */
export const SCENES = ['none', 'two starters', 'cannot begin', 'always 403', 'overdue'] as const;

export type Scene = (typeof SCENES)[number];
