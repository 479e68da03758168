import { podAttack } from './pod-attack.ts';

export const hostPid = podAttack({
  name: 'host-pid',
  title: "sees the node's processes",
  why: 'their environment holds the credentials of neighbours',
  benchmarks: ['MTB-PL1-BC-HI-4'],
  changes: { hostPID: { hostPID: true } },
});
