/** The help of the flag `--moved-server`. */
export const MOVED_SERVER_HELP =
  'the batch was started on another Temporal server or namespace, and no longer runs there';
