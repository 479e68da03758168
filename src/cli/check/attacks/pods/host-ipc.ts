import { podAttack } from './pod-attack.ts';

export const hostIpc = podAttack({
  name: 'host-ipc',
  title: "shares the node's memory between processes",
  why: 'it reads and writes what neighbours share there',
  benchmarks: ['MTB-PL1-BC-HI-5'],
  changes: { hostIPC: { hostIPC: true } },
});
