export { resolveTemporalCli } from './resolve';
export { startTemporalServer, type TemporalServer, type TemporalServerOptions } from './server';
export { TEMPORAL_CLI_VERSION } from './version';
