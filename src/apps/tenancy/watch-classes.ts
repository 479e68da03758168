import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { ExistingClass } from '../../controllers/tenant/policies/allowed-values.ts';
import type {
  ClassName,
  ExistingClasses,
} from '../../controllers/tenant/policies/class-policies.ts';
import { sleep } from '../../base/clock.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { OwnClient } from '../../kube/client.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import type { Runtime } from '../../runtime/runtime.ts';

const clusterScoped = (group: string, kind: string, plural: string): ResourceType => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced: false,
});

const classTypes: Readonly<Record<ClassName, ResourceType>> = {
  device: clusterScoped('resource.k8s.io', 'DeviceClass', 'deviceclasses'),
  gateway: clusterScoped('gateway.networking.k8s.io', 'GatewayClass', 'gatewayclasses'),
  ingress: clusterScoped('networking.k8s.io', 'IngressClass', 'ingressclasses'),
  priority: clusterScoped('scheduling.k8s.io', 'PriorityClass', 'priorityclasses'),
  runtime: clusterScoped('node.k8s.io', 'RuntimeClass', 'runtimeclasses'),
  storage: clusterScoped('storage.k8s.io', 'StorageClass', 'storageclasses'),
};
const volumeType = clusterScoped('', 'PersistentVolume', 'persistentvolumes');

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
  'ingressclass.kubernetes.io/is-default-class',
];

/** What of the cluster tenants' options speak of, kept current. */
export interface ClusterClasses {
  classes(): ExistingClasses;
  /** PersistentVolumes that carry the tenant's label and are not bound, by name. */
  volumes(tenant: string): readonly string[];
  /** Called when a class comes, goes or changes. */
  onClassChange(listener: () => void): void;
  /** Called with the tenants that a change of a volume concerns. */
  onVolumeChange(listener: (tenant: string) => void): void;
}

/** How often a kind is looked for that the cluster does not serve: its CRD may come later. */
const lookAgainMs = 60_000;

/** What watching them needs. */
interface WatchClassesOptions {
  runtime: Pick<Runtime, 'signal' | 'clock' | 'log'>;
  client: OwnClient;
}

/**
 * Watches classes and the volumes of tenants; resolves once those kinds are known that the cluster
 * serves. The others are looked for from time to time.
 */
export async function watchClasses(options: WatchClassesOptions): Promise<ClusterClasses> {
  const { signal, log, clock } = options.runtime;
  const selectorFor = (type: ResourceType) => (type === volumeType ? tenantLabel : undefined);
  const caches = createCaches({ client: options.client, signal, log, clock, selectorFor });
  const names = Object.keys(classTypes) as ClassName[];
  const followed = new Set<ClassName>();
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const follow = async (name: ClassName) => {
    const cache = caches.for(classTypes[name]);
    await cache.synced(signal);
    followed.add(name);
    cache.onChange(tell);
    tell();
  };
  const volumes = caches.for(volumeType);
  await Promise.all([
    volumes.synced(signal),
    ...names.map((name) => onceServed(classTypes[name], options, () => follow(name))),
  ]);
  const existing = (name: ClassName) =>
    followed.has(name) ? caches.for(classTypes[name]).list().map(readClass) : [];
  return {
    classes: () =>
      Object.fromEntries(names.map((name) => [name, existing(name)])) as unknown as ExistingClasses,
    volumes: (tenant) =>
      volumes
        .list()
        .filter((volume) => tenantOf(volume) === tenant && !isBound(volume))
        .map(({ metadata }) => metadata.name),
    onClassChange: (listener) => void listeners.add(listener),
    onVolumeChange(listener) {
      volumes.onChange(({ before, after }) => {
        const concerned = new Set([before, after].flatMap((each) => (each ? tenantOf(each) : [])));
        for (const tenant of concerned) if (tenant !== undefined) listener(tenant);
      });
    },
  };
}

/** Calls `follow` once the cluster serves a kind: waits for it if that is now, else looks again later. */
async function onceServed(
  type: ResourceType,
  { client, runtime: { signal, clock, log } }: WatchClassesOptions,
  follow: () => Promise<void>,
): Promise<void> {
  const isServed = async () =>
    (await client.discovery.resourceFor(apiVersionOf(type), type.kind, { signal })) !== undefined;
  if (await isServed()) return await follow();
  const later = async () => {
    while (!(await isServed().catch(() => false))) await sleep(clock, lookAgainMs, signal);
    await follow();
  };
  later().catch((error: unknown) => {
    if (!signal.aborted) log.error('classes are not followed', error, { kind: type.kind });
  });
}

function readClass(object: KubeObject): ExistingClass {
  const { name, labels = {}, annotations = {} } = object.metadata;
  const { value, preemptionPolicy, globalDefault } = object as {
    value?: number;
    preemptionPolicy?: string;
    globalDefault?: boolean;
  };
  return {
    name,
    labels,
    isDefault:
      globalDefault === true || defaultAnnotations.some((key) => annotations[key] === 'true'),
    ...(value !== undefined && { value }),
    ...(preemptionPolicy !== undefined && { preemptionPolicy }),
  };
}

const tenantOf = ({ metadata }: KubeObject) => metadata.labels?.[tenantLabel];
const isBound = (volume: KubeObject) =>
  (volume['status'] as { phase?: string } | undefined)?.phase === 'Bound';
