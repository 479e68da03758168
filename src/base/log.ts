import { pino } from 'pino';
import { messageOf } from './errors.ts';
import { redact } from './redact.ts';

/** Levels of `--log-level`. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'error';

/** Values of `--log-encoding`. */
export type LogEncoding = 'json' | 'console';

/** Key-values beside a constant message. */
export type LogFields = Record<string, unknown>;

/**
 * Structured log: a constant message and key-values. Lines have the shape `flux logs` reads:
 * `{"level","ts","logger","msg","controllerKind","name","namespace",…,"error"}`.
 */
export interface Log {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  error(message: string, error: unknown, fields?: LogFields): void;
  /** A log that adds `fields` to each line. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  level?: LogLevel;
  encoding?: LogEncoding;
  /** Where lines go; standard error by default, as Kubernetes programs do. */
  write?: (line: string) => void;
}

export function createLog({ level = 'info', encoding = 'json', write }: LogOptions = {}): Log {
  const out = write ?? ((line: string) => void process.stderr.write(line));
  const sink = { write: encoding === 'json' ? out : (line: string) => out(toConsoleLine(line)) };
  const root = pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  return wrap(root);
}

/** A JSON line as people read it: time, level, message and the rest, by tabs. */
function toConsoleLine(line: string): string {
  // Written by pino a moment ago.
  const { level, ts, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const fields = Object.keys(rest).length === 0 ? [] : [JSON.stringify(rest)];
  return `${[String(ts), String(level).toUpperCase(), String(msg), ...fields].join('\t')}\n`;
}

function wrap(logger: pino.Logger): Log {
  return {
    trace: (message, fields) => logger.trace(clean(fields), redact(message)),
    debug: (message, fields) => logger.debug(clean(fields), redact(message)),
    info: (message, fields) => logger.info(clean(fields), redact(message)),
    error: (message, error, fields) =>
      logger.error({ ...clean(fields), error: redact(chainOf(error)) }, redact(message)),
    child: (fields) => wrap(logger.child(clean(fields) ?? {})),
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = {
  trace() {},
  debug() {},
  info() {},
  error() {},
  child: () => silentLog,
};

function clean(fields: LogFields | undefined): LogFields {
  const out: LogFields = {};
  for (const [key, value] of Object.entries(fields ?? {})) {
    out[key] = typeof value === 'string' ? redact(value) : value;
  }
  return out;
}

/** `outer: cause: root cause`, at most five deep. */
function chainOf(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; current !== undefined && parts.length < 5;) {
    parts.push(messageOf(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(': ');
}
