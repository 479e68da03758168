import type { Attack } from '../../attack.ts';
import { creating, posting, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { deployerName } from '../../world.ts';

export const takeTokens: Attack = {
  id: 'rbac/tokens',
  title: "asks for a token of a neighbour's account, or of a controller's",
  why: 'whoever has the token is the account',
  remedy:
    "grant 'create' on serviceaccounts/token, and on secrets, in a tenant's own namespaces only",
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  attempt(world) {
    const { neighbour, run } = world;
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    };
    const accounts = [
      target('v1', 'ServiceAccount', deployerName, neighbour.namespace),
      target('v1', 'ServiceAccount', 'generic-garbage-collector', 'kube-system'),
    ];
    return tryAll(world, [
      ...accounts.map((account) => ({
        what: `by a TokenRequest in ${account.metadata.namespace}`,
        send: posting(account, 'token', request),
      })),
      {
        what: 'by a Secret for a token',
        send: creating({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: {
            name: run,
            namespace: neighbour.namespace,
            annotations: { 'kubernetes.io/service-account.name': deployerName },
          },
          type: 'kubernetes.io/service-account-token',
        }),
      },
    ]);
  },
};
