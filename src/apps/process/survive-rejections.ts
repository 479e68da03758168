import type { Log } from '../../base/log.ts';

/**
 * Keeps the process alive when a promise fails that nobody awaits, and says so in the log. Node would
 * end it: one object that finds such a mistake of ours would stop the work of all tenants, again after
 * each restart. What a run was doing ends by its own deadline and is tried again.
 */
export function surviveRejections(log: Pick<Log, 'error'>): Disposable {
  const tell = (reason: unknown) => log.error('a failure that nobody waited for', reason);
  process.on('unhandledRejection', tell);
  return { [Symbol.dispose]: () => void process.off('unhandledRejection', tell) };
}
