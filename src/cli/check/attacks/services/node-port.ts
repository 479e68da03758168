import { serviceAttack } from './service-attack.ts';

export const nodePort = serviceAttack({
  name: 'node-port',
  title: 'opens a port of every node',
  why: 'no network policy holds there, and ports are few and shared',
  remedy:
    'set spec.serviceOptions.allowedServices.nodePort of Tenants to false, and see that it is enforced',
  benchmarks: ['MTB-PL1-BC-HI-1'],
  changes: { NodePort: { type: 'NodePort' } },
});
