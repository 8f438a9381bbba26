/** The Temporal server that production runs: the images of docker-compose.yml and `go.mod` beside this file name it too. */
export const TEMPORAL_SERVER_VERSION = '1.32.0';
