import { celRecord } from '../../policy/cel.ts';
import type { Variable } from '../../policy/rule.ts';
import { lastPoliciesCel } from './policies.ts';
import { limitForRatioCel } from './ratio.ts';
import { amountCel, unitsCel } from './units.ts';

/**
 * {@link mutateResources} in CEL. `after` variables hold, of each place, its requests `q` and limits
 * `l` as they are to be; lists of `{k, v}` become maps, for CEL has no way to add to one.
 */

const requestsOf = (resources: string) => `${resources}.?requests.orValue({})`;
const limitsOf = (resources: string) => `${resources}.?limits.orValue({})`;
const toMap = (entries: string) => `(${entries}).transformMapEntry(i, e, {e.k: e.v})`;
const entry = (k: string, v: string) => celRecord({ k, v });
const among = (policies: string, field: string, condition: string) =>
  `${policies}.filter(p, p.field == '${field}' && ${condition})`;

function requestsAfter(resources: string, policies: string): string {
  const requests = requestsOf(resources);
  const kept =
    `${requests}.transformList(k, w, ` +
    `!${policies}.exists(p, p.field == 'requests' && p.name == k && p.policy == 'Remove'), ` +
    `${entry('k', 'w')})`;
  const added =
    among(policies, 'requests', `p.policy == 'Default' && !(p.name in ${requests})`) +
    `.map(p, ${entry('p.name', 'p.value')})`;
  return toMap(`${kept} + ${added}`);
}

/** Needs the requests after the change as `q`. */
function limitsAfter(resources: string, policies: string): string {
  const limits = limitsOf(resources);
  const matched = `${policies}.exists(p, p.field == 'limits' && p.name == k && p.policy == 'MatchRequest')`;
  const kept =
    `${limits}.transformList(k, w, ` +
    `!${policies}.exists(p, p.field == 'limits' && p.name == k && p.policy == 'Remove'), ` +
    `${entry('k', `k in q && ${matched} ? q[k] : w`)})`;
  const isAdded =
    `!(p.name in ${limits}) && (p.policy == 'Default' || (p.name in q && (p.policy == 'MatchRequest' || ` +
    `(p.policy == 'Ratio' && ${unitsCel('p.name', 'q[p.name]')} > 0))))`;
  const value =
    `p.policy == 'Default' ? p.value : p.policy == 'MatchRequest' ? q[p.name] : ` +
    limitForRatioCel('p.name', 'q[p.name]', 'p.ratio');
  const added = `${among(policies, 'limits', isAdded)}.map(p, ${entry('p.name', value)})`;
  return toMap(`${kept} + ${added}`);
}

const after = (resources: string, policies: string) =>
  `[${requestsAfter(resources, policies)}].map(q, ${celRecord({ q: 'q', l: limitsAfter(resources, policies) })})[0]`;

const places = [
  { field: 'containers', target: 'pod/containers' },
  { field: 'initContainers', target: 'pod/initcontainers' },
] as const;

const own = `object.spec.?resources.orValue({})`;
const isSame = (afterwards: string, resources: string) =>
  `(${afterwards}.q == ${requestsOf(resources)} && ${afterwards}.l == ${limitsOf(resources)})`;

/** The variables of the mutating policy; they need `resources`. */
export const resourceVariables: Variable[] = [
  ...places.flatMap(({ field, target }) => [
    { name: `${field}Policies`, expression: lastPoliciesCel(target) },
    {
      name: `${field}After`,
      expression:
        `object.spec.?${field}.orValue([]).map(o, ` +
        `${after(`o.?resources.orValue({})`, `variables.${field}Policies`)})`,
    },
  ]),
  { name: 'podPolicies', expression: lastPoliciesCel('pod') },
  { name: 'podAfter', expression: after(own, 'variables.podPolicies') },
  {
    name: 'isChanged',
    expression: [
      `!${isSame('variables.podAfter', own)}`,
      ...places.map(
        ({ field }) =>
          `object.spec.?${field}.orValue([]).exists(i, o, ` +
          `!${isSame(`variables.${field}After[i]`, `o.?resources.orValue({})`)})`,
      ),
    ].join(' || '),
  },
  { name: 'ownRequests', expression: ownRequests() },
];

/** The requests of the pod as a whole, with the sum of its containers' where it has none of its own. */
function ownRequests(): string {
  const all = `(variables.containersAfter + variables.initContainersAfter)`;
  const isOfPods = `(k == 'cpu' || k == 'memory' || k.startsWith('hugepages-'))`;
  const names = `${all}.map(a, a.q.map(k, k)).flatten().distinct().filter(k, ${isOfPods} && !(k in variables.podAfter.q))`;
  const units = (after: string) => `(k in ${after}.q ? ${unitsCel('k', `${after}.q[k]`)} : 0)`;
  const isSidecar = `object.spec.initContainers[x].?restartPolicy.orValue('') == 'Always'`;
  const sidecars = (condition: string) =>
    `variables.initContainersAfter.transformList(x, b, ${condition}${isSidecar}, ${units('b')})`;
  const running = `([0] + variables.containersAfter.map(a, ${units('a')}) + ${sidecars('')}).sum()`;
  const starting = `variables.initContainersAfter.transformList(y, a, ([0, ${units('a')}] + ${sidecars('x < y && ')}).sum())`;
  const sum = `([${running}] + ${starting}).max()`;
  return toMap(
    `variables.podAfter.q.transformList(k, w, ${entry('k', 'w')}) + ` +
      `${names}.map(k, ${entry('k', `[${sum}].map(u, ${amountCel('k', 'u', `''`)})[0]`)})`,
  );
}

const set = (path: string, isThere: string, requests: string, limits: string) =>
  `(${isThere} ? [JSONPatch{op: 'add', path: ${path} + '/requests', value: ${requests}}, ` +
  `JSONPatch{op: 'add', path: ${path} + '/limits', value: ${limits}}] : ` +
  `[JSONPatch{op: 'add', path: ${path}, value: ${celRecord({ requests, limits })}}])`;

const ofContainers = ({ field }: (typeof places)[number]) =>
  `variables.${field}After.transformList(i, a, ` +
  `!${isSame('a', `object.spec.${field}[i].?resources.orValue({})`)}, ` +
  `${set(`'/spec/${field}/' + string(i) + '/resources'`, `has(object.spec.${field}[i].resources)`, 'a.q', 'a.l')}).flatten()`;

const ofPod =
  `(has(object.spec.resources) || size(variables.podAfter.q) + size(variables.podAfter.l) > 0 ? ` +
  `${set(`'/spec/resources'`, 'has(object.spec.resources)', 'variables.ownRequests', 'variables.podAfter.l')} : [])`;

/** The JSONPatch operations, as a CEL list. */
export const resourcePatchCel = `!variables.isChanged ? [] : ${[...places.map(ofContainers), ofPod].join(' + ')}`;
