import { serviceAttack } from './service-attack.ts';

export const externalIps = serviceAttack({
  name: 'external-ips',
  title: 'takes traffic to an address of others (CVE-2020-8554)',
  why: 'the whole cluster would send it what it sends to that address',
  remedy:
    'set spec.serviceOptions.externalIPs of Tenants, to none or to ranges of their own, and see that it is enforced',
  changes: { 'an address': { externalIPs: ['198.51.100.1'] } },
});
