/** Roles of tokens. Each includes those before it. */
export const ROLES = ['read', 'operate', 'start'] as const;

/** `read` looks; `operate` also controls what runs, and the account; `start` also submits, which is paid. */
export type Role = (typeof ROLES)[number];

export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
