import { podAttack, withSecurity } from './pod-attack.ts';

export const rootUser = podAttack({
  name: 'root',
  title: 'runs a container as root',
  why: 'whatever breaks out of it is root outside',
  benchmarks: ['MTB-PL1-BC-CPI-4'],
  changes: { 'user 0': withSecurity({ runAsUser: 0, runAsNonRoot: false }) },
});
