import type { KubeObject } from '../../kube/object.ts';
import { ownRegistry } from './tenant-of-check.ts';

interface PodSpec {
  containers: Record<string, unknown>[];
  [field: string]: unknown;
}

/** A Pod in the way of no policy: Pod Security `restricted`, and within the tenant's limits. */
export function harmlessPod(namespace: string, change: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'check', namespace },
    spec: { ...podSpec(), ...change } satisfies PodSpec,
  };
}

function podSpec(): PodSpec {
  return {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container()],
  };
}

/** Its only container, with something changed. */
export function container(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'check',
    image: `${ownRegistry}/check:1`,
    imagePullPolicy: 'Always',
    resources: { requests: { cpu: '1m' }, limits: { cpu: '1m' } },
    securityContext: securityContext(),
    ...change,
  };
}

/** Its container's security context, with something changed. */
export const securityContext = (change: Record<string, unknown> = {}) => ({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  ...change,
});
