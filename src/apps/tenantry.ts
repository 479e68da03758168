#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readArguments } from '../cli/generator/arguments.ts';
import { runProgram } from '../cli/program.ts';
import type { Command } from '../cli/command.ts';

/**
 * The `tenantry` program: every command, and how a terminal and signals reach it. What serves for weeks is
 * loaded alone: the modules of all other commands would stay with it, of the proxy's memory a third.
 */
const servers = new Map<string | undefined, () => Promise<Command>>([
  ['manager', async () => (await import('./manager/command.ts')).managerCommand],
  ['proxy', async () => (await import('./proxy/command.ts')).proxyCommand],
]);
const args = readArguments(process.argv[1] ?? '', process.argv.slice(2));
const server = servers.get(args[0]);
const commands = server ? [await server()] : (await import('./commands.ts')).commands;

const { version } = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8'),
) as { version: string };

const stop = new AbortController();
/** One Ctrl-C may arrive twice, from the terminal and from npm; a person's second takes longer. */
const impatientMs = 1000;
let stoppedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted && Date.now() - stoppedAt > impatientMs) process.exit(1);
    stoppedAt ||= Date.now();
    stop.abort();
  });
}

// `tenantry … | head` closes the pipe when it has seen enough; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runProgram(
  commands,
  args,
  {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    signal: stop.signal,
  },
  version,
);
