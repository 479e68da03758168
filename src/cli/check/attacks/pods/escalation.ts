import { podAttack, withSecurity } from './pod-attack.ts';

export const privilegeEscalation = podAttack({
  name: 'escalation',
  title: 'runs a container whose processes may gain privileges',
  why: 'a setuid program makes root of any user',
  benchmarks: ['MTB-PL1-BC-CPI-6'],
  changes: { escalation: withSecurity({ allowPrivilegeEscalation: true }) },
});
