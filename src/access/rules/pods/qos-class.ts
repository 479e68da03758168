import { parseQuantity } from '../../../kube/quantity.ts';
import type { PodSpec, Resources } from './pod.ts';

/** Quality of service, as the API server computes it of a new pod. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const fields = ['requests', 'limits'] as const;
const names = ['cpu', 'memory'] as const;

/** The class of a new pod: of its own resources if it has any, otherwise of all its containers. */
export function qosClassOf(spec: PodSpec): QosClass {
  const own = spec.resources ?? {};
  if (hasSome(own)) return isGuaranteed(own) ? 'Guaranteed' : 'Burstable';
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(
    ({ resources = {} }) => resources,
  );
  if (!all.some(hasSome)) return 'BestEffort';
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

const amount = (resources: Resources, field: 'requests' | 'limits', name: string) =>
  parseQuantity(resources[field]?.[name])?.nano ?? 0n;

const hasSome = (resources: Resources) =>
  fields.some((field) => names.some((name) => amount(resources, field, name) > 0n));

const isGuaranteed = (resources: Resources) =>
  names.every((name) => {
    const request = amount(resources, 'requests', name);
    return request > 0n && request === amount(resources, 'limits', name);
  });

const amountCel = (resources: string, field: string, name: string) =>
  `quantity(string(${resources}.?${field}[?'${name}'].orValue('0')))`;

const hasSomeCel = (resources: string) =>
  fields
    .flatMap((field) =>
      names.map((name) => `${amountCel(resources, field, name)}.isGreaterThan(quantity('0'))`),
    )
    .join(' || ');

const isGuaranteedCel = (resources: string) =>
  names
    .map((name) => {
      const request = amountCel(resources, 'requests', name);
      return `${request}.isGreaterThan(quantity('0')) && ${request}.compareTo(${amountCel(resources, 'limits', name)}) == 0`;
    })
    .join(' && ');

const containersCel = `(object.spec.containers + object.spec.?initContainers.orValue([])).map(c, c.?resources.orValue({}))`;

/** The same in CEL, of `object`. */
export const qosClassCel =
  `[object.spec.?resources.orValue({})].exists(r, ${hasSomeCel('r')}) ? ` +
  `([object.spec.resources].exists(r, ${isGuaranteedCel('r')}) ? 'Guaranteed' : 'Burstable') : ` +
  `${containersCel}.exists(r, ${hasSomeCel('r')}) ? ` +
  `(${containersCel}.all(r, ${isGuaranteedCel('r')}) ? 'Guaranteed' : 'Burstable') : 'BestEffort'`;
