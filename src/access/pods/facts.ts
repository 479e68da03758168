import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Variable } from '../policy/rule.ts';

/** A Pod, as far as the rules about Pods look at it. */
export interface PodParts {
  priorityClass: string[];
  runtimeClass: string[];
  /** Of every container and of every volume that is an image. */
  images: string[];
}

/** What the rules about Pods look at. */
export interface PodFacts {
  isUpdate: boolean;
  after: PodParts;
  /** Of an update: what was stored; nothing on a creation. */
  before: PodParts;
  /** Pull policies of images; on an update, of containers that come with it: others never change. */
  pullPolicies: string[];
  policies: NamespacePolicies;
}

interface Container {
  name?: string;
  image?: string;
  imagePullPolicy?: string;
}

/** The parts of a Pod spec that are read. */
export interface PodSpec {
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
  runtimeClassName?: string;
  containers?: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  volumes?: { image?: { reference?: string; pullPolicy?: string } }[];
}

const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const;
const nothing: PodParts = { priorityClass: [], runtimeClass: [], images: [] };

/** What a write of a Pod is judged by. */
export function podFacts(
  policies: NamespacePolicies,
  object: KubeObject,
  oldObject?: KubeObject,
): PodFacts {
  return {
    isUpdate: oldObject !== undefined,
    after: readPod(object),
    before: oldObject ? readPod(oldObject) : nothing,
    pullPolicies: newPullPolicies(object, oldObject),
    policies,
  };
}

const specOf = (object: KubeObject) => object['spec'] as PodSpec;
const containersOf = (spec: PodSpec) => lists.flatMap((list) => spec[list] ?? []);
const imageVolumes = ({ volumes = [] }: PodSpec) => volumes.flatMap(({ image }) => image ?? []);

function readPod(object: KubeObject): PodParts {
  const spec = specOf(object);
  const given = (name: string | undefined) => (name === undefined || name === '' ? [] : [name]);
  return {
    priorityClass: given(spec.priorityClassName),
    runtimeClass: given(spec.runtimeClassName),
    images: [
      ...containersOf(spec).map(({ image = '' }) => image),
      ...imageVolumes(spec).map(({ reference = '' }) => reference),
    ],
  };
}

function newPullPolicies(object: KubeObject, oldObject: KubeObject | undefined): string[] {
  const spec = specOf(object);
  const known = oldObject ? containersOf(specOf(oldObject)).map(({ name = '' }) => name) : [];
  const fresh = containersOf(spec).filter(({ name = '' }) => !known.includes(name));
  const volumes = oldObject ? [] : imageVolumes(spec);
  return [
    ...fresh.map(({ imagePullPolicy = '' }) => imagePullPolicy),
    ...volumes.map(({ pullPolicy = '' }) => pullPolicy),
  ];
}

const old = (expression: string) => `oldObject == null ? [] : (${expression})`;
const ofContainers = (object: string, mapping: (list: string) => string) =>
  lists.map((list) => mapping(`${object}.spec.?${list}.orValue([])`)).join(' + ');
const ofVolumes = (object: string, field: string) =>
  `${object}.spec.?volumes.orValue([]).filter(v, has(v.image)).map(v, v.image.?${field}.orValue(''))`;
const each = (field: string) => (list: string) => `${list}.map(c, c.?${field}.orValue(''))`;
const given = (object: string, field: string) =>
  `${object}.spec.?${field}.orValue('') == '' ? [] : [${object}.spec.${field}]`;
const images = (object: string) =>
  `${ofContainers(object, each('image'))} + ${ofVolumes(object, 'reference')}`;

/** The same in CEL. */
export const podVariables: Variable[] = [
  { name: 'priorityClass', expression: given('object', 'priorityClassName') },
  { name: 'oldPriorityClass', expression: old(given('oldObject', 'priorityClassName')) },
  { name: 'runtimeClass', expression: given('object', 'runtimeClassName') },
  { name: 'oldRuntimeClass', expression: old(given('oldObject', 'runtimeClassName')) },
  { name: 'images', expression: images('object') },
  { name: 'oldImages', expression: old(images('oldObject')) },
  { name: 'oldContainers', expression: old(ofContainers('oldObject', each('name'))) },
  {
    name: 'pullPolicies',
    expression: `${ofContainers('object', (list) => each('imagePullPolicy')(`${list}.filter(c, !(c.name in variables.oldContainers))`))} + (oldObject == null ? ${ofVolumes('object', 'pullPolicy')} : [])`,
  },
];
