import type { LogEncoding, LogLevel } from '../../base/log.ts';
import { UsageError } from '../../cli/command.ts';
import type { RequestLimit } from '../../kube/request-limiter.ts';
import type { OptionReader } from '../process/option-reader.ts';

const levels: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  error: 'error',
  panic: 'error',
};

/** `--log-level`, or what Capsule's flag says of it: a level, or a number that is more the higher it is. */
export function parseLogLevel(read: OptionReader): LogLevel {
  const zap = read.optional('zapLogLevel');
  if (zap === undefined) return read.text('logLevel') as LogLevel;
  const level = /^\d+$/.test(zap) ? (Number(zap) > 0 ? 'debug' : 'info') : levels[zap];
  if (level) return level;
  throw new UsageError(`--zap-log-level: '${zap}' is not debug, info, error, panic or a number`);
}

/** `--log-encoding`, or Capsule's flag. */
export function parseLogEncoding(read: OptionReader): LogEncoding {
  return (read.optional('zapEncoder') ?? read.text('logEncoding')) as LogEncoding;
}

/** The ceiling on requests, by either name. As client-go has it: a negative rate is none. */
export function parseLimit(read: OptionReader): RequestLimit | undefined {
  const number = (flux: string, capsule: string) =>
    read.number(read.optional(capsule) === undefined ? flux : capsule);
  const qps = number('kubeApiQps', 'clientConnectionQps');
  const burst = number('kubeApiBurst', 'clientConnectionBurst');
  return qps > 0 ? { qps, burst } : undefined;
}
