import type { KubeObject } from '../../../kube/object.ts';

/** What rules read of a Service. */
export interface ServiceSpec {
  type?: string;
  externalName?: string;
  loadBalancerIP?: string;
  loadBalancerSourceRanges?: string[];
  allocateLoadBalancerNodePorts?: boolean;
  ports?: { nodePort?: number }[];
}

/** The type of a Service in CEL; the API server has filled in its default. */
export const serviceTypeCel = `object.spec.?type.orValue('ClusterIP')`;

/** The spec of a Service that the API server has looked at. */
export function serviceSpec({ spec }: KubeObject): ServiceSpec {
  return spec ?? {};
}
