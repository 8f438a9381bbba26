/** Logs, metrics and health for worker and gateway. Loads no native modules. */
export { createLog, type Log } from './log';
export { type PrivateServer, servePrivately } from './private-server';
export { READY_KNOWN_MS, rememberFor } from './remember-for';
export {
  type LogLevel,
  type MetricsSettings,
  parseTelemetrySettings,
  type TelemetrySettings,
} from './settings';
export { startTracing } from './tracing';
