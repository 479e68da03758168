import type { Check, NamespaceChecks } from '../../../api/capsule/rules/checks.ts';
import type { NamespaceRule } from '../../../api/capsule/rules/rule.ts';
import { cutText } from '../shown.ts';
import { checkOf } from './audience-of.ts';
import { metadataChecks } from './metadata-checks.ts';
import { hostnamePattern, oneOf, shownPattern } from './pattern-of.ts';
import { resourceChecks } from './resource-checks.ts';

type Enforce = NonNullable<NamespaceRule['enforce']>;
/** The checks that one rule makes of one of its parts. */
type Part = (enforce: Enforce, check: Check) => NamespaceChecks;

/** The rules of a namespace as admission policies look them up; in their order, lists that are empty left out. */
export function checksOf(rules: readonly NamespaceRule[]): NamespaceChecks {
  const all: Record<string, Check[]> = {};
  for (const rule of rules) {
    const { enforce } = rule;
    if (!enforce) continue;
    const check = checkOf(rule);
    for (const [name, checks] of parts.flatMap((part) => Object.entries(part(enforce, check)))) {
      if (checks.length > 0) all[name] = [...(all[name] ?? []), ...checks];
    }
  }
  return all;
}

const ofWorkloads: Part = ({ workloads = {} }, check) => ({
  images: (workloads.registries ?? [])
    .map((registry) => ({
      ...check,
      ...shownPattern(registry),
      policy: [...(registry.policy ?? [])],
      targets: [...(workloads.targets ?? [])],
    }))
    // The first match within a rule says which pull policies there are, and the last of all wins.
    .reverse(),
  schedulers: (workloads.schedulers ?? []).map((match) => ({ ...check, ...shownPattern(match) })),
  qosClasses: workloads.qosClasses?.length ? [{ ...check, ...oneOf(workloads.qosClasses) }] : [],
  resources: resourceChecks(workloads, check),
});

const ofServices: Part = ({ services = {} }, check) => {
  const { types = [], loadBalancers, externalNames, nodePorts } = services;
  const cidrs = (loadBalancers?.cidrs ?? []).map(networkOf);
  return {
    serviceTypes: types.length > 0 ? [{ ...check, ...oneOf(types) }] : [],
    loadBalancers:
      cidrs.length > 0 ? [{ ...check, cidrs, shown: cutText(cidrs.join(', '), 200) }] : [],
    externalNames: (externalNames?.hostnames ?? []).map((match) => ({
      ...check,
      ...hostnamePattern(match),
    })),
    nodePorts: (nodePorts?.ports ?? []).map(({ from, to }) => ({
      ...check,
      from,
      to,
      shown: from === to ? `${from}` : `${from}-${to}`,
    })),
  };
};

/** A single address is a network of one. */
function networkOf(text: string): string {
  const trimmed = text.trim();
  if (trimmed.includes('/')) return trimmed;
  return `${trimmed}/${trimmed.includes(':') ? 128 : 32}`;
}

const ofIngress: Part = ({ ingress = {} }, check) => ({
  hostnames: (ingress.hostnames ?? []).map((match) => ({
    ...check,
    ...hostnamePattern(match),
    types: [...(ingress.types ?? [])],
  })),
});

const ofMetadata: Part = ({ metadata = [] }, check) => ({
  metadata: metadata.flatMap((rule) => metadataChecks(rule, check)),
});

const parts: readonly Part[] = [ofWorkloads, ofServices, ofIngress, ofMetadata];
