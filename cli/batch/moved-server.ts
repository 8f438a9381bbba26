/** The help of the flag `--moved-server`. */
export const MOVED_SERVER_HELP =
  'confirm that the batch, started on another Temporal server or namespace, no longer runs there';
