import { podAttack, withSecurity } from './pod-attack.ts';

export const privilegedPod = podAttack({
  name: 'privileged',
  title: 'runs a privileged container',
  why: 'it is root on the node, and so every tenant on it',
  benchmarks: ['MTB-PL1-BC-CPI-5'],
  changes: { privileged: withSecurity({ privileged: true, allowPrivilegeEscalation: true }) },
});
