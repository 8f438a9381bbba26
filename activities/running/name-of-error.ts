/** The class name of an error: activities may not import the client whose errors they meet. */
export function findErrorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
