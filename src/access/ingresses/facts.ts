import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Variable } from '../policy/rule.ts';

/** An Ingress, as far as the rules look at it. */
export interface IngressParts {
  /** Names of IngressClasses: the field's and the old annotation's; controllers heed either. */
  classes: string[];
  /** Hosts of the rules; empty where a rule, or the default backend, is for every host. */
  hosts: string[];
}

/** What the rules about Ingresses look at: what is stored already is left alone. */
export interface IngressFacts {
  isUpdate: boolean;
  after: IngressParts;
  before: IngressParts;
  policies: NamespacePolicies;
}

/** The parts of an Ingress's spec that are read. */
export interface IngressSpec {
  ingressClassName?: string;
  defaultBackend?: object;
  rules?: { host?: string }[];
}

/** Names a class as the field does. */
export const ingressClassAnnotation = 'kubernetes.io/ingress.class';

/** Reads an Ingress for the rules. */
export function readIngress(ingress: KubeObject | undefined): IngressParts {
  if (!ingress) return { classes: [], hosts: [] };
  const { ingressClassName, defaultBackend, rules = [] } = (ingress['spec'] ?? {}) as IngressSpec;
  const annotated = ingress.metadata.annotations?.[ingressClassAnnotation];
  return {
    classes: [ingressClassName, annotated].filter((name) => name !== undefined),
    // With rules, too: some controllers serve by it whatever host no rule of anybody names.
    hosts: [...rules.map(({ host = '' }) => host), ...(defaultBackend === undefined ? [] : [''])],
  };
}

const classes = (object: string) =>
  `(${object}.?spec.?ingressClassName.hasValue() ? [${object}.spec.ingressClassName] : []) + ` +
  `(${object}.metadata.?annotations[?'${ingressClassAnnotation}'].hasValue() ? ` +
  `[${object}.metadata.annotations['${ingressClassAnnotation}']] : [])`;
const hosts = (object: string) =>
  `${object}.?spec.?rules.orValue([]).map(r, r.?host.orValue('')) + ` +
  `(${object}.?spec.?defaultBackend.hasValue() ? [''] : [])`;
const old = (expression: string) => `oldObject == null ? [] : (${expression})`;

/** The same in CEL. */
export const ingressVariables: Variable[] = [
  { name: 'classes', expression: classes('object') },
  { name: 'oldClasses', expression: old(classes('oldObject')) },
  { name: 'hosts', expression: hosts('object') },
  { name: 'oldHosts', expression: old(hosts('oldObject')) },
];
