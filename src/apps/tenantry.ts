#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkCommand } from '../cli/check.ts';
import { createTenantCommand } from '../cli/create-tenant.ts';
import { eventsCommand } from '../cli/events.ts';
import { explainDenialCommand } from '../cli/explain-denial.ts';
import { getCommand } from '../cli/get.ts';
import { readArguments } from '../cli/generator/arguments.ts';
import { installCommand } from '../cli/install.ts';
import { kubeconfigCommand } from '../cli/kubeconfig.ts';
import { planeDown, planeStatus, planeUp } from '../cli/plane.ts';
import { runProgram } from '../cli/program.ts';
import { reconcileCommand } from '../cli/reconcile.ts';
import { resumeCommand } from '../cli/resume.ts';
import { suspendCommand } from '../cli/suspend.ts';
import { traceCommand } from '../cli/trace.ts';
import { treeCommand } from '../cli/tree.ts';
import { buildCommand } from './diff/build-command.ts';
import { diffCommand } from './diff/diff-command.ts';
import { managerCommand } from './manager/command.ts';
import { proxyCommand } from './proxy/command.ts';

/** The `tenantry` program: every command, and how a terminal and signals reach it. */
const commands = [
  getCommand,
  treeCommand,
  traceCommand,
  eventsCommand,
  reconcileCommand,
  suspendCommand,
  resumeCommand,
  diffCommand,
  buildCommand,
  createTenantCommand,
  explainDenialCommand,
  kubeconfigCommand,
  checkCommand,
  installCommand,
  managerCommand,
  proxyCommand,
  planeUp,
  planeDown,
  planeStatus,
];

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
  readArguments(process.argv[1] ?? '', process.argv.slice(2)),
  {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    signal: stop.signal,
  },
  version,
);
