import path from 'node:path';
import { progressLines } from '../engines/native/build-progress.ts';
import {
  defaultPlaneFolder,
  planeDown as stopPlane,
  planeStatus as readStatus,
  planeUp as startPlane,
  type PlaneStatus,
} from '../engines/plane/background-plane.ts';
import type { Command, CommandOption, OptionValues } from './command.ts';

const dirOption: CommandOption = {
  flag: '--dir <folder>',
  description: 'where the plane keeps its state (default: in the user state folder)',
  env: 'TENANTRY_PLANE_DIR',
};

function folderOf(options: OptionValues): string {
  const { dir } = options;
  return typeof dir === 'string' && dir !== '' ? path.resolve(dir) : defaultPlaneFolder();
}

/** `tenantry plane up`: a local Kubernetes API server that stays in the background. */
export const planeUp: Command = {
  name: 'plane up',
  summary: 'start a local Kubernetes control plane in the background',
  details: `The first start builds it from source (a few minutes, Go needed); later ones take seconds.
Set KUBEBUILDER_ASSETS to use official binaries instead.`,
  options: [
    dirOption,
    { flag: '--audit', description: 'write an audit log: who asked for what', default: false },
    { flag: '--scheduler', description: 'run kube-scheduler too', default: false },
  ],
  run: ({ options, signal, progress }) =>
    startPlane(folderOf(options), {
      audit: options['audit'] === true,
      scheduler: options['scheduler'] === true,
      onProgress: progressLines(progress),
      signal,
    }),
  print: formatStatus,
};

/** `tenantry plane down`: stops it; its data stays for the next start. */
export const planeDown: Command = {
  name: 'plane down',
  summary: 'stop the local control plane',
  options: [
    dirOption,
    { flag: '--purge', description: 'also delete its data, keys and logs', default: false },
  ],
  run: ({ options, signal }) =>
    stopPlane(folderOf(options), { purge: options['purge'] === true, signal }),
  print: ({ dir, stopped }: { dir: string; stopped: boolean }) =>
    stopped ? `Stopped the control plane in ${dir}` : `No control plane runs in ${dir}`,
};

/** `tenantry plane status`: whether it runs, and how to talk to it. */
export const planeStatus: Command = {
  name: 'plane status',
  summary: 'show whether the local control plane runs',
  options: [dirOption],
  run: ({ options }) => readStatus(folderOf(options)),
  print: formatStatus,
};

function formatStatus(status: PlaneStatus): string {
  if (!status.running) {
    const left = status.components.filter(({ running }) => running).map(({ name }) => name);
    const leftovers = left.length > 0 ? ` (left over: ${left.join(', ')})` : '';
    return `No control plane runs in ${status.dir}${leftovers}`;
  }
  const rows = status.components.map(
    ({ name, pid, running }) => `  ${name.padEnd(24)} ${running ? `pid ${pid}` : 'not running'}`,
  );
  return [
    `Kubernetes ${status.version ?? '(starting)'} at ${status.server}, pid ${status.pid}, since ${status.startedAt}`,
    ...rows,
    ...(status.auditLogPath === undefined ? [] : [`  audit log: ${status.auditLogPath}`]),
    `export KUBECONFIG=${status.kubeconfig}`,
  ].join('\n');
}
