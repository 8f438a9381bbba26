/** The Temporal server used in production; docker-compose.yml and `go.mod` in this folder use the same version. */
export const TEMPORAL_SERVER_VERSION = '1.32.0';
