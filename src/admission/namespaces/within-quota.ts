import { readNamespace } from '../../access/namespaces/facts.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/** A tenant has at most as many namespaces as its quota says. */
export const withinQuota: AdmissionRule<NamespaceContext> = {
  name: 'namespace-within-quota',
  async check({ object, dryRun }, { admission, isAdministrator }) {
    if (!object || isAdministrator) return undefined;
    const { label: tenant, name } = readNamespace(object);
    const outcome = await admission.reserveNamespace({ tenant, name, dryRun });
    if (outcome === 'reserved') return undefined;
    // What the API server would say, before anything was counted for it.
    if (outcome === 'taken')
      return deny('AlreadyExists', `namespaces "${name}" already exists`, 409);
    return deny(
      'Overprovisioned',
      'the tenant takes no further namespace: its quota of namespaces is reached',
    );
  },
};
