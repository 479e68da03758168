import { formatKey, type ResourceType } from '../../src/kube/object.ts';

/** Kinds that are in Git: plain ones, one that needs a controller to become healthy, one not watched. */
export const kinds = {
  ConfigMap: builtin('', 'ConfigMap', 'configmaps'),
  Secret: builtin('', 'Secret', 'secrets'),
  ServiceAccount: builtin('', 'ServiceAccount', 'serviceaccounts'),
  Deployment: builtin('apps', 'Deployment', 'deployments'),
} as const;
export type FleetKind = keyof typeof kinds;

function builtin(group: string, kind: string, plural: string): ResourceType {
  return { group, version: 'v1', kind, plural, namespaced: true };
}

/** Where a value of Git is kept, whatever the kind: an annotation of this name. */
export const valueAnnotation = 'soak.example.org/value';

/** One object as Git holds it. */
export interface FleetObject {
  kind: FleetKind;
  namespace: string;
  name: string;
  value: string;
}

/** A Kustomization, and what its directory holds. */
export interface Unit {
  namespace: string;
  name: string;
  /** Kustomizations of the same namespace that have to be ready first. */
  dependsOn: string[];
  objects: FleetObject[];
  /** False while its Kustomization is deleted. */
  exists: boolean;
}

/** What Git holds, and which Kustomizations there are. */
export interface Fleet {
  tenants: string[];
  units: Unit[];
}

/** `count` units over tenants of up to twenty; each begins with three objects. */
export function createFleet(count: number, makeName: () => string): Fleet {
  const tenants = Array.from({ length: Math.ceil(count / 20) }, (_, i) => `soak-${i + 1}`);
  const units = Array.from({ length: count }, (_, index): Unit => {
    const namespace = tenants[index % tenants.length] ?? '';
    const place = Math.floor(index / tenants.length);
    const kindsHere: FleetKind[] = ['ConfigMap', 'Deployment', place % 2 ? 'Secret' : 'ConfigMap'];
    return {
      namespace,
      name: `unit-${place}`,
      // A chain of three in each tenant; the others stand alone.
      dependsOn: place === 1 || place === 2 ? [`unit-${place - 1}`] : [],
      objects: kindsHere.map((kind) => ({ kind, namespace, name: makeName(), value: 'first' })),
      exists: true,
    };
  });
  return { tenants, units };
}

/** Identifies an object across Kustomizations. */
export const idOf = ({ kind, namespace, name }: Omit<FleetObject, 'value'>) =>
  `${kind}/${namespace}/${name}`;

/** `namespace/name` of the unit's Kustomization. */
export const keyOfUnit = (unit: Unit) => formatKey(unit);

/** Where a unit keeps an object. */
const fileOf = (unit: Unit, { kind, name }: FleetObject) =>
  `${unit.namespace}/${unit.name}/${kind.toLowerCase()}-${name}.yaml`;

/** The manifest of an object; JSON is YAML. */
function manifestOf({ kind, name, value }: FleetObject): string {
  const { group, version } = kinds[kind];
  const metadata = { name, annotations: { [valueAnnotation]: value } };
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return JSON.stringify({ apiVersion, kind, metadata, ...bodies[kind](value) });
}

const labels = { app: 'soak' };

/** What besides the annotation differs from value to value. */
const bodies: Record<FleetKind, (value: string) => Record<string, unknown>> = {
  ConfigMap: (value) => ({ data: { value } }),
  Secret: (value) => ({ stringData: { value } }),
  ServiceAccount: () => ({}),
  Deployment: (value) => {
    const containers = [{ name: 'main', image: 'registry.invalid/main', args: [value] }];
    const template = { metadata: { labels }, spec: { containers } };
    return { spec: { replicas: 0, selector: { matchLabels: labels }, template } };
  },
};

/** The repository: path to text. */
export function filesOf({ units }: Fleet): Map<string, string> {
  return new Map(
    units.flatMap((unit) =>
      unit.objects.map((object) => [fileOf(unit, object), manifestOf(object)] as const),
    ),
  );
}
