import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { inTenants } from '../../access/tenancy/tenant-namespaces.ts';
import { celTexts } from '../../access/policy/cel.ts';
import type { MatchCondition, ResourceRule } from '../../access/policy/policy.ts';
import type { CountedScope } from '../../access/quotas/custom/counted-scope.ts';
import { defineHook, type DefinedHook, type HookDeclaration } from '../hook.ts';
import { customQuota, type CustomQuotaContext } from './custom-quota.ts';

/**
 * Counts requests against custom quotas. Webhooks are asked about the kinds that quotas count, in the
 * namespaces of the quotas, and about nothing else: a quota of one tenant costs no other anything.
 */
function countingHook(
  declared: Pick<HookDeclaration, 'name' | 'path' | 'purpose' | 'failurePolicy'> &
    Partial<HookDeclaration>,
): DefinedHook {
  return defineHook({
    type: 'validating',
    resources: rulesFor,
    matchConditions: (_, counted) => [whereCounted(counted)],
    // Nobody waits long for a number.
    timeoutSeconds: 5,
    ...declared,
    contextOf: (request, admission): CustomQuotaContext => ({
      admission,
      quotas: admission.customQuotas(request.namespace),
    }),
    rules: [customQuota],
  });
}

const elsewhere = { matchExpressions: [{ key: tenantLabel, operator: 'DoesNotExist' }] };

/** Custom quotas, as they are counted when something is asked for. */
export const customQuotaCalculations: readonly DefinedHook[] = [
  countingHook({
    name: 'custom-quotas',
    path: '/custom-quotas/calculations',
    purpose: 'Counts what people and accounts of tenants ask for against custom quotas.',
    namespaceSelector: inTenants,
    failurePolicy: {
      policy: 'Fail',
      because:
        'only requests wait that a custom quota of the same namespace, or of the cluster, counts; controllers of Kubernetes go on, and so does everything outside of tenants',
    },
  }),
  countingHook({
    name: 'custom-quotas-controllers',
    path: '/custom-quotas/calculations/controllers',
    purpose: 'The same, of what controllers of Kubernetes make, such as the Pods of a Deployment.',
    namespaceSelector: inTenants,
    asks: 'controllers',
    failurePolicy: {
      policy: 'Ignore',
      because:
        'what fails has to be replaced whoever is down; it is counted once a process of ours runs, and nothing more is admitted until there is room again',
    },
  }),
  countingHook({
    name: 'custom-quotas-elsewhere',
    path: '/custom-quotas/calculations/elsewhere',
    purpose: 'The same, of what is asked for outside of tenants.',
    namespaceSelector: elsewhere,
    asks: 'everybody',
    failurePolicy: {
      policy: 'Ignore',
      because:
        'the cluster itself must come up with every process of ours stopped; what was made meanwhile is counted then',
    },
  }),
];

/** Each kind in one version; the API server converts to it what is asked for in others. */
function rulesFor(counted: readonly CountedScope[]): ResourceRule[] {
  const byKind = new Map(
    counted
      .toSorted((a, b) => (a.type.version < b.type.version ? 1 : -1))
      .map(({ type }) => [nameOf(type), type]),
  );
  return [...byKind]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { group, version, plural }]) => ({
      apiGroups: [group],
      apiVersions: [version],
      operations: ['CREATE', 'UPDATE'],
      // By these, the object's spec is written.
      resources: [
        plural,
        `${plural}/scale`,
        ...(group === '' && plural === 'pods' ? ['pods/resize'] : []),
      ],
    }));
}

const nameOf = ({ plural, group }: CountedScope['type']) => `${plural}.${group}`;

/** What is counted, as match conditions name it: `pods.`, `oil-apps deployments.apps`. */
export function nameOfScope({ type, namespace }: CountedScope): string {
  return namespace === undefined ? nameOf(type) : `${namespace} ${nameOf(type)}`;
}

function whereCounted(counted: readonly CountedScope[]): MatchCondition {
  const names = (scopes: readonly CountedScope[]) =>
    celTexts([...new Set(scopes.map(nameOfScope))].sort());
  const [places, everywhere] = [true, false].map((isPlace) =>
    counted.filter(({ namespace }) => (namespace !== undefined) === isPlace),
  ) as [CountedScope[], CountedScope[]];
  const name = `request.resource.resource + '.' + request.resource.group`;
  return {
    name: 'counted',
    expression:
      `(${name}) in ${names(everywhere)} || ` +
      `(request.?namespace.orValue('') + ' ' + ${name}) in ${names(places)}`,
  };
}
