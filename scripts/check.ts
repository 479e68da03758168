import { spawn } from 'node:child_process';
import path from 'node:path';

/** `npm run check`: format, lint, types, architecture and generated files, side by side. */
const bin = path.resolve(import.meta.dirname, '../node_modules/.bin');
const checks: [name: string, command: string, ...args: string[]][] = [
  ['format', 'prettier', '--check', '--cache', '--log-level', 'warn', '.'],
  ['lint', 'oxlint', '--deny-warnings'],
  ['types', 'tsc', '--noEmit'],
  ['architecture', 'vitest', 'run', '--project', 'unit', 'test/architecture'],
  ['generated', 'node', path.resolve(import.meta.dirname, 'generate.ts'), '--check'],
];

function run([name, command, ...args]: (typeof checks)[number]): Promise<boolean> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(path.join(bin, command), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
      if (code !== 0) console.log(output.trim());
      resolve(code === 0);
    });
  });
}

const results = await Promise.all(checks.map(run));
process.exit(results.every(Boolean) ? 0 : 1);
