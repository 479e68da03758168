import type { Attack } from '../../attack.ts';
import { container, harmlessPod } from '../../harmless-pod.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';

export const exceedQuota: Attack = {
  id: 'quotas/exceed',
  title: 'asks for more than its quota',
  why: 'what it takes, neighbours do not have',
  remedy: 'see that spec.resourceQuotas of Tenants, or quotas of the namespaces, are in force',
  benchmarks: ['MTB-PL1-CC-FNS-1'],
  async attempt(world) {
    const { namespace } = world.attacker;
    const resources = { requests: { cpu: '100' }, limits: { cpu: '100' } };
    const greedy = harmlessPod(namespace, { containers: [container({ resources })] });
    return (
      withoutOption(world, 'resourceQuotas') ??
      tryAll(world, [{ what: '100 CPUs', send: creating(greedy) }], {
        harmless: { what: 'a harmless Pod', send: creating(harmlessPod(namespace)) },
      })
    );
  },
};
