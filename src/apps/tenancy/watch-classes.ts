import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { ExistingClass } from '../../controllers/tenant/policies/allowed-values.ts';
import type {
  ClassName,
  ExistingClasses,
} from '../../controllers/tenant/policies/class-policies.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import type { TenancyComponentOptions } from './tenancy-context.ts';

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

/**
 * Watches classes and the volumes of tenants; resolves once those kinds are known that the cluster
 * serves. The others are looked for from time to time: their CRDs may come later.
 */
export async function watchClasses({
  runtime: { signal, log, clock },
  client,
}: Pick<TenancyComponentOptions, 'runtime' | 'client'>): Promise<ClusterClasses> {
  const selectorFor = (type: ResourceType) => (type === volumeType ? tenantLabel : undefined);
  const caches = createCaches({ client, signal, log, clock, selectorFor });
  const types = Object.entries(classTypes) as [ClassName, ResourceType][];
  const watched = [volumeType, ...types.map(([, type]) => type)];
  await Promise.all(
    watched.map(async (type) => {
      const cache = caches.for(type);
      const served = await client.discovery.resourceFor(apiVersionOf(type), type.kind, { signal });
      if (served) await cache.synced(signal);
    }),
  );
  const existing = (type: ResourceType) => caches.for(type).list().map(readClass);
  return {
    classes: () =>
      Object.fromEntries(
        types.map(([name, type]) => [name, existing(type)]),
      ) as unknown as ExistingClasses,
    volumes: (tenant) =>
      caches
        .for(volumeType)
        .list()
        .filter((volume) => tenantOf(volume) === tenant && !isBound(volume))
        .map(({ metadata }) => metadata.name),
    onClassChange(listener) {
      for (const [, type] of types) caches.for(type).onChange(listener);
    },
    onVolumeChange(listener) {
      caches.for(volumeType).onChange(({ before, after }) => {
        const concerned = new Set([before, after].flatMap((each) => (each ? tenantOf(each) : [])));
        for (const tenant of concerned) if (tenant !== undefined) listener(tenant);
      });
    },
  };
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
