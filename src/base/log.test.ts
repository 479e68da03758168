import { describe, expect, test } from 'vitest';
import { createLog, type LogOptions } from './log.ts';

function logging(options: LogOptions) {
  const lines: string[] = [];
  return { lines, log: createLog({ ...options, write: (line) => void lines.push(line) }) };
}

describe('the encoding of log lines', () => {
  test('JSON has the keys that flux logs reads', () => {
    const { lines, log } = logging({});
    log.child({ name: 'apps' }).info('applied', { changes: 2 });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      msg: 'applied',
      name: 'apps',
      changes: 2,
    });
  });

  test('the console has time, level, message and the rest by tabs', () => {
    const { lines, log } = logging({ encoding: 'console' });
    log.child({ name: 'apps' }).info('applied\tall', { changes: 2 });
    log.error('failed', new Error('no\nroute'));
    log.info('started');
    expect(lines[0]).toMatch(/^\d{4}-.*Z\tINFO\tapplied\tall\t\{"name":"apps","changes":2\}\n$/);
    expect(lines[1]).toMatch(/^\S+\tERROR\tfailed\t\{"error":"no\\nroute"\}\n$/);
    expect(lines[2]).toMatch(/^\S+\tINFO\tstarted\n$/);
  });

  test('neither shows credentials', () => {
    for (const encoding of ['json', 'console'] as const) {
      const { lines, log } = logging({ encoding });
      log.info('reading https://me:hunter2@host/x', { url: 'https://me:hunter2@host/x' });
      expect(lines.join('')).not.toContain('hunter2');
    }
  });
});
