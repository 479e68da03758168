import { podAttack, withSecurity } from './pod-attack.ts';

export const addedCapabilities = podAttack({
  name: 'capabilities',
  title: 'adds capabilities of the kernel to a container',
  why: 'SYS_ADMIN is root by another name; NET_ADMIN reads the traffic of others',
  benchmarks: ['MTB-PL1-BC-CPI-3'],
  changes: {
    SYS_ADMIN: withSecurity({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    NET_ADMIN: withSecurity({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
  },
});
