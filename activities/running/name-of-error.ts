/** The class name of an error. Activities must not import the client whose errors they handle. */
export function findErrorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
