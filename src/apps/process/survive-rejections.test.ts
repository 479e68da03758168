import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

/** A process in which a promise fails that nobody awaits. */
function run(...lines: string[]) {
  const file = path.resolve(import.meta.dirname, 'survive-rejections.ts');
  const script = [
    `import { surviveRejections } from ${JSON.stringify(file)};`,
    `const log = { error: (message, error) => console.log(message + ': ' + error.message) };`,
    ...lines,
    `Promise.reject(new Error('of one object'));`,
    `setImmediate(() => console.log('still at work'));`,
  ];
  const args = ['--input-type=module', '-e', script.join('\n')];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout };
}

test('a failure that nobody waits for is told, and the process goes on', () => {
  expect(run('surviveRejections(log);')).toEqual({
    status: 0,
    stdout: 'a failure that nobody waited for: of one object\nstill at work\n',
  });
});

test('until it is disposed of', () => {
  expect(run('surviveRejections(log)[Symbol.dispose]();')).toEqual({ status: 1, stdout: '' });
});
