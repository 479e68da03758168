import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';

export const passNamespaceQuota: Attack = {
  id: 'namespaces/quota',
  title: 'creates more namespaces than its tenant may have',
  why: 'quotas of each namespace are worth nothing to who may have as many as they like',
  remedy: 'set spec.namespaceOptions.quota of Tenants, and see that it is enforced',
  benchmarks: ['MTB-PL1-CC-FNS-2'],
  async attempt(world) {
    const { run, attacker } = world;
    const labels = { [tenantLabel]: attacker.tenant };
    const metadata = { name: `${run}-third`, labels };
    const send = creating({ apiVersion: 'v1', kind: 'Namespace', metadata });
    return (
      withoutOption(world, 'namespaceOptions') ??
      tryAll(world, [{ what: 'one more than the quota', send }])
    );
  },
};
