import { isRecord } from '../../../base/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { parseQuantity, zeroQuantity, type Quantity } from '../../../kube/quantity.ts';
import { sumAmounts, type Amounts } from '../../../kube/resource-list.ts';
import { podUsage, recordIn, recordsIn } from './pod-usage.ts';

/** What a resource is called in URLs. */
export interface Countable {
  group: string;
  resource: string;
}

const one = parseQuantity(1) as Quantity;
const amount = (value: number | bigint): Quantity => parseQuantity(value) ?? zeroQuantity;

/** Kinds of the core group that quotas also count without `count/`. */
const plainCounts = [
  'configmaps',
  'secrets',
  'replicationcontrollers',
  'resourcequotas',
  'services',
  'persistentvolumeclaims',
];

/**
 * What one object uses of each resource that a ResourceQuota can limit, as native quota counts. Any
 * object counts as one of its kind.
 */
export function usageOf({ group, resource }: Countable, object: KubeObject): Amounts {
  const counts = new Map([
    [group === '' ? `count/${resource}` : `count/${resource}.${group}`, one],
  ]);
  if (group === 'resource.k8s.io' && resource === 'resourceclaims')
    return sumAmounts([counts, deviceUsage(object)]);
  if (group !== '') return counts;
  if (resource === 'pods') return podUsage(object);
  if (plainCounts.includes(resource)) counts.set(resource, one);
  if (resource === 'services') return sumAmounts([counts, serviceUsage(object)]);
  if (resource === 'persistentvolumeclaims') return sumAmounts([counts, storageUsage(object)]);
  return counts;
}

function serviceUsage(service: KubeObject): Amounts {
  const spec = recordIn(service, 'spec');
  const ports = recordsIn(spec['ports']);
  const given = ports.filter(({ nodePort }) => typeof nodePort === 'number' && nodePort !== 0);
  const isBalanced = spec['type'] === 'LoadBalancer';
  const allocates = spec['allocateLoadBalancerNodePorts'] !== false;
  const nodePorts =
    spec['type'] === 'NodePort' || (isBalanced && allocates) ? ports.length : given.length;
  return new Map([
    ['services.nodeports', amount(isBalanced || spec['type'] === 'NodePort' ? nodePorts : 0)],
    ['services.loadbalancers', amount(isBalanced ? 1 : 0)],
  ]);
}

function storageUsage(claim: KubeObject): Amounts {
  const spec = recordIn(claim, 'spec');
  const requests = isRecord(spec['resources']) ? spec['resources']['requests'] : undefined;
  const storage = parseQuantity(isRecord(requests) ? requests['storage'] : undefined);
  const usage = new Map<string, Quantity>();
  if (storage) usage.set('requests.storage', storage);
  const className = spec['storageClassName'];
  if (typeof className !== 'string' || className === '') return usage;
  const prefix = `${className}.storageclass.storage.k8s.io`;
  usage.set(`${prefix}/persistentvolumeclaims`, one);
  if (storage) usage.set(`${prefix}/requests.storage`, storage);
  return usage;
}

/** The most devices a ResourceClaim may get, by class: of alternatives, each counts. */
function deviceUsage(claim: KubeObject): Amounts {
  const { devices } = recordIn(claim, 'spec');
  const requests = recordsIn(isRecord(devices) ? devices['requests'] : undefined);
  return sumAmounts(
    requests.flatMap((request) =>
      [request['exactly'], ...recordsIn(request['firstAvailable'])].map(devicesIn),
    ),
  );
}

/** A request for all there are may get as many as one claim can hold. */
const maxDevices = 32;

function devicesIn(request: unknown): Amounts {
  if (!isRecord(request) || typeof request['deviceClassName'] !== 'string') return new Map();
  const { count, allocationMode, deviceClassName } = request;
  const isAll = allocationMode === 'All';
  const number = isAll ? maxDevices : typeof count === 'number' ? count : 1;
  return new Map([[`${deviceClassName}.deviceclass.resource.k8s.io/devices`, amount(number)]]);
}
