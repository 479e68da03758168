import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Runs a program in a home folder of its own, and nothing of this process's environment but its path. */
export async function runTool(
  file: string,
  args: readonly string[],
  home: string,
): Promise<{ stdout: string; stderr: string; code: number }> {
  const env = { PATH: process.env['PATH'], HOME: home };
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, code: code ?? 1 };
}
