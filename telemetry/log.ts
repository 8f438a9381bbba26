/** The log for people (`text`) or programs (`json`); both contain the same fields. */
import { type LogRecord, type Meta, toRecord } from './log-record';
import { LOG_LEVELS, type LogLevel, type LogSettings } from './settings';

/** Writes one entry. */
export type Log = (level: LogLevel, message: string, meta?: Meta) => void;
type Write = (line: string) => void;
type Line = (level: LogLevel, time: string, message: string, record: LogRecord) => void;

/**
 * Writes entries at or above the configured level, one line each.
 *
 * @param now current time, in ms since the epoch. Default: the system clock
 */
export function createLog({ format, level: least }: LogSettings, write: Write, now: () => number = Date.now): Log {
  const line = LINES[format](write);
  const from = LOG_LEVELS.indexOf(least);
  return (level, message, meta) => {
    if (LOG_LEVELS.indexOf(level) >= from) line(level, new Date(now()).toISOString(), message, toRecord(meta));
  };
}

const LINES: Readonly<Record<LogSettings['format'], (write: Write) => Line>> = { text: textLines, json: jsonLines };

function textLines(write: Write): Line {
  return (level, time, message, record) => {
    const fields = Object.keys(record).length === 0 ? '' : ` ${JSON.stringify(record)}`;
    write(`${time} ${level} ${message}${fields}\n`);
  };
}

function jsonLines(write: Write): Line {
  // Loaded on demand, because a command in a terminal must start without it.
  const { pino } = require('pino') as typeof import('pino');
  const options = { base: null, timestamp: false, level: 'trace', messageKey: 'message' } as const;
  const logger = pino({ ...options, formatters: { level: (level) => ({ level }) } }, { write });
  return (level, time, message, record) => logger[LOWER[level]]({ time, ...record }, message);
}

const LOWER = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
