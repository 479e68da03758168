import { markHosts } from '../../access/ingresses/host-paths.ts';
import { inTenants } from '../../access/tenancy/tenant-namespaces.ts';
import { defaultsContext, type DefaultsContext } from '../defaults/context.ts';
import { defineHook } from '../hook.ts';
import { change } from '../verdict.ts';
import { ingressWrites } from './hosts.ts';

/**
 * Marks Ingresses for the hook that compares their hosts, where no policy can; so it comes before it, by
 * its name. Whoever could write the mark would choose what is compared, so it never lets go.
 */
export const ingressMarks = defineHook<DefaultsContext>({
  name: 'hosts',
  type: 'mutating',
  path: '/hosts/mutating',
  purpose:
    'Only where the API server has no mutating policies: marks the Ingresses of tenants with a `hostnameCollisionScope` to be looked at.',
  resources: ingressWrites,
  namespaceSelector: inTenants,
  failurePolicy: {
    policy: 'Fail',
    because: 'only Ingresses of tenants wait; nothing else is asked',
  },
  insteadOfPolicies: true,
  asks: 'everybody',
  contextOf: defaultsContext,
  rules: [
    {
      name: 'ingress-mark-hosts',
      check: ({ object, oldObject }, { policies }) =>
        object && policies?.collisionScope !== undefined
          ? change(markHosts(object, oldObject))
          : undefined,
    },
  ],
});
