import { isDeepStrictEqual } from 'node:util';
import { RuleStatus } from '../../api/capsule/rule-status.ts';
import type { NamespaceRule } from '../../api/capsule/rules/rule.ts';
import { Reason } from '../../api/reasons.ts';
import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';

const fieldManager = 'projectcapsule.dev/rule-status';

/**
 * Makes a function that says in the status of a RuleStatus which rules hold, as tools of Capsule read
 * them. Nothing is decided by it: admission reads what the Tenant's controller wrote.
 */
export function keepStatus(client: KubeClient, clock: Clock) {
  return async (object: KubeObject, signal: AbortSignal): Promise<void> => {
    const { metadata, spec, status = {} } = RuleStatus.decode(object);
    const { name, namespace = '', generation = 1, deletionTimestamp } = metadata;
    if (deletionTimestamp !== undefined) return;
    const [ready] = (status.conditions ?? []).filter(({ type }) => type === 'Ready');
    const wanted = {
      observedGeneration: generation,
      rules: shownRules(spec),
      conditions: [
        {
          type: 'Ready',
          status: 'True' as const,
          reason: Reason.Succeeded,
          message: 'reconciled',
          observedGeneration: generation,
          lastTransitionTime: ready?.lastTransitionTime ?? new Date(clock.now()).toISOString(),
        },
      ],
    };
    const { rule, ...rest } = status;
    if (rule === undefined && isDeepStrictEqual(rest, wanted)) return;
    const body = { metadata: { uid: metadata.uid ?? '' }, status: { ...wanted, rule: null } };
    await client.patch(
      RuleStatus.type,
      { name, namespace },
      { type: 'merge', body: JSON.parse(JSON.stringify(body)) },
      { subresource: 'status', fieldManager, signal },
    );
  };
}

/** The rules that decide requests, without quotas; those of metadata name the core group. */
export function shownRules(rules: readonly NamespaceRule[]): NamespaceRule[] {
  return rules.flatMap(({ audience, enforce }) => {
    if (!enforce) return [];
    const metadata = enforce.metadata?.map((rule) => ({
      ...rule,
      apiGroups: coreNamed(rule.apiGroups),
    }));
    return [
      { ...(audience && { audience }), enforce: { ...enforce, ...(metadata && { metadata }) } },
    ];
  });
}

function coreNamed(apiGroups: readonly string[] = []): string[] {
  const named = apiGroups.map((group) => group.trim() || 'v1');
  return named.length === 0 ? ['v1'] : [...new Set(named)];
}
