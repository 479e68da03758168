import { checkCommand } from '../cli/check.ts';
import type { Command } from '../cli/command.ts';
import { completionCommand } from '../cli/completion.ts';
import { createTenantCommand } from '../cli/create-tenant.ts';
import { describeTenantCommand } from '../cli/describe-tenant.ts';
import { eventsCommand } from '../cli/events.ts';
import { explainDenialCommand } from '../cli/explain-denial.ts';
import { getCommand } from '../cli/get.ts';
import { installCommand } from '../cli/install.ts';
import { kubeconfigCommand } from '../cli/kubeconfig.ts';
import { planeDown, planeStatus, planeUp } from '../cli/plane.ts';
import { reconcileCommand } from '../cli/reconcile.ts';
import { resumeCommand } from '../cli/resume.ts';
import { suspendCommand } from '../cli/suspend.ts';
import { traceCommand } from '../cli/trace.ts';
import { treeCommand } from '../cli/tree.ts';
import { buildCommand } from './diff/build-command.ts';
import { diffCommand } from './diff/diff-command.ts';
import { managerCommand } from './manager/command.ts';
import { proxyCommand } from './proxy/command.ts';

const all: readonly Command[] = [
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
  describeTenantCommand,
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

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [...all, completionCommand(all)];
