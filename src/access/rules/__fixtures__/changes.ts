import type { KubeObject } from '../../../kube/object.ts';
import { podSpec, type Container } from '../pods/pod.ts';

/** What of an object somebody writes anew. */
export const parts = ['spec', 'metadata', 'both', 'nothing'] as const;
export type Part = (typeof parts)[number];

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ports?: { nodePort?: number }[];
}
const serviceSpec = ({ spec }: KubeObject): ServiceSpec => spec ?? {};

/** Whether a port of every node is taken, which only one Service can have. */
export const takesNodePorts = (object: KubeObject): boolean =>
  object.kind === 'Service' && (serviceSpec(object).ports ?? []).some(({ nodePort }) => nodePort);

/** An object as it can be stored beside others like it; Pods for a scheduler that there is none of. */
export function storable({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { labels = {}, annotations = {} } = metadata;
  const { status: _status, spec, ...more } = rest as Partial<KubeObject>;
  const { clusterIP: _ip, clusterIPs: _ips, ...kept } = (spec ?? {}) as ServiceSpec;
  const written = kind === 'Pod' ? { ...kept, schedulerName: 'nobody' } : kept;
  const object = { apiVersion, kind, metadata: { name: 'stored', labels, annotations }, ...more };
  return spec === undefined ? object : { ...object, spec: written };
}

/** What is stored, with a part of another object of its kind, as far as one can become the other. */
export function changedTo(stored: KubeObject, made: KubeObject, part: Part): KubeObject {
  const { labels = {}, annotations = {} } = made.metadata;
  const metadata = { ...stored.metadata, labels, annotations };
  const isSpec = (part === 'spec' || part === 'both') && stored['spec'] !== undefined;
  return {
    ...stored,
    ...((part === 'metadata' || part === 'both') && { metadata }),
    ...(isSpec && { spec: changedSpec(stored, made) }),
  };
}

function changedSpec(stored: KubeObject, made: KubeObject): object {
  if (stored.kind === 'Pod') return withImages(stored, made);
  if (stored.kind !== 'Service') return made['spec'] as object;
  const { clusterIP, clusterIPs } = serviceSpec(stored);
  const { clusterIP: _ip, clusterIPs: _ips, ...wanted } = serviceSpec(made);
  const isReached = wanted.type !== 'ExternalName' && clusterIP !== undefined;
  return { ...wanted, ...(isReached && { clusterIP, clusterIPs }) };
}

/** Of a Pod that runs, images are what can be changed. */
function withImages(stored: KubeObject, made: KubeObject): object {
  const images = (podSpec(made).containers ?? []).map(({ image }) => image);
  const change = (containers: Container[]) =>
    containers.map((each, index) => ({ ...each, image: images[index % images.length] }));
  const { containers = [], ...spec } = podSpec(stored);
  return { ...spec, containers: change(containers) };
}
