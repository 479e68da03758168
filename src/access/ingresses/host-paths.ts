import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import { celAnnotation } from '../policy/cel.ts';
import type { Rule, Variable } from '../policy/rule.ts';

/**
 * On an Ingress of a tenant that has a `hostnameCollisionScope`: whether anybody else serves its hosts
 * and paths, which only a webhook can know. The first ring writes `unchecked`, whatever the user
 * wrote; the webhook, `checked`. So there is no such Ingress that nobody has looked at, and tenants
 * without a scope depend on no webhook.
 */
export const hostsAnnotation = 'tenantry.dev/hosts';
export const checked = 'checked';
export const unchecked = 'unchecked';

interface Spec {
  defaultBackend?: object;
  rules?: { host?: string; http?: { paths?: { path?: string }[] } }[];
}

/** What an Ingress serves: `host;path`, where both may be empty. */
export function hostPathsOf(ingress: KubeObject | undefined): string[] {
  const { defaultBackend, rules = [] } = (ingress?.['spec'] ?? {}) as Spec;
  if (rules.length === 0) return defaultBackend === undefined ? [] : [';'];
  return rules.flatMap(({ host = '', http }) => {
    const paths = http?.paths ?? [];
    return paths.length === 0 ? [`${host};`] : paths.map(({ path = '' }) => `${host};${path}`);
  });
}

/** What the rule about collisions looks at. */
export interface CollisionFacts {
  after: readonly string[];
  before: readonly string[];
  /** Value of {@link hostsAnnotation}. */
  state: string;
  policies: Pick<NamespacePolicies, 'collisionScope'>;
}

const isKnown = ({ after, before }: Pick<CollisionFacts, 'after' | 'before'>) =>
  after.every((pair) => before.includes(pair));
const isKnownCel = `variables.pairs.all(l, l.all(p, variables.oldPairs.exists(o, p in o)))`;
const scope = 'params.policies.collisionScope';

/** An Ingress of a tenant with a scope is looked at, or serves nothing new. */
export const hostsChecked: Rule<CollisionFacts> = {
  name: 'ingress-hosts-checked',
  cel: `!has(${scope}) || variables.state == '${checked}' || ${isKnownCel}`,
  holds: (facts) =>
    facts.policies.collisionScope === undefined || facts.state === checked || isKnown(facts),
  message: 'whether others serve the hosts of the Ingress cannot be checked now: try again later',
  remedy: 'run the webhooks of the tenancy component (--webhook-port), or disable the scope',
};

/** What the mutating policy makes of an Ingress of a tenant with a scope. */
export function markHosts(ingress: KubeObject, oldIngress?: KubeObject): KubeObject {
  const pairs = { after: hostPathsOf(ingress), before: hostPathsOf(oldIngress) };
  const known = oldIngress?.metadata.annotations?.[hostsAnnotation] ?? unchecked;
  const state = isKnown(pairs) ? known : unchecked;
  const annotations = { ...ingress.metadata.annotations, [hostsAnnotation]: state };
  return { ...ingress, metadata: { ...ingress.metadata, annotations } };
}

const pairs = (object: string) =>
  `size(${object}.?spec.?rules.orValue([])) == 0 ? ` +
  `(${object}.?spec.?defaultBackend.hasValue() ? [[';']] : []) : ` +
  `${object}.spec.rules.map(r, size(r.?http.?paths.orValue([])) == 0 ? [r.?host.orValue('') + ';'] : ` +
  `r.http.paths.map(p, r.?host.orValue('') + ';' + p.?path.orValue('')))`;

/** Variables of the rule and the patch. */
export const hostPathVariables: Variable[] = [
  { name: 'pairs', expression: pairs('object') },
  { name: 'oldPairs', expression: `oldObject == null ? [] : (${pairs('oldObject')})` },
  { name: 'state', expression: celAnnotation('object', hostsAnnotation) },
  {
    name: 'oldState',
    expression: `oldObject == null ? '' : ${celAnnotation('oldObject', hostsAnnotation)}`,
  },
];

const state = `(${isKnownCel} && variables.oldState != '' ? variables.oldState : '${unchecked}')`;

/** {@link markHosts} in CEL; it adds to the annotations. */
export const markHostsPatch =
  `[JSONPatch{op: 'add', ` +
  `path: '/metadata/annotations/' + jsonpatch.escapeKey('${hostsAnnotation}'), value: ${state}}]`;

/** Whether a tenant has a scope, in CEL. */
export const hasCollisionScope = `has(${scope})`;
