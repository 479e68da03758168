import type { KubeObject, ResourceType } from '../../src/kube/object.ts';

const type = (kind: string, plural: string, group = 'gateway.networking.k8s.io'): ResourceType => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});

/** Kinds by which traffic comes in, beside Ingresses. */
export const trafficTypes = [
  type('Gateway', 'gateways'),
  type('ListenerSet', 'listenersets'),
  type('HTTPRoute', 'httproutes'),
  type('TLSRoute', 'tlsroutes'),
  type('GRPCRoute', 'grpcroutes'),
  type('Route', 'routes', 'route.openshift.io'),
] as const;

/**
 * These kinds as far as policies look at them: the definitions of those projects are megabytes. A
 * Gateway must name a class, as there.
 */
export const trafficKinds: KubeObject[] = trafficTypes.map((each) =>
  definition(each, each.kind === 'Gateway' ? ['gatewayClassName'] : []),
);

function definition({ group, kind, plural }: ResourceType, required: string[]): KubeObject {
  const spec = {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: { gatewayClassName: { type: 'string', minLength: 1 } },
    'x-kubernetes-preserve-unknown-fields': true,
  };
  const openAPIV3Schema = { type: 'object', properties: { spec } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a part of it for tests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}
