import type { CountedScope } from '../../access/quotas/custom/counted-scope.ts';
import {
  customQuotaCalculations,
  nameOfScope,
} from '../../admission/custom-quotas/calculations.ts';
import { hookName } from '../../admission/hook-name.ts';
import { celText } from '../../access/policy/cel.ts';
import type { KubeObject } from '../../kube/object.ts';

interface Entry {
  name?: string;
  matchConditions?: { expression?: string }[];
}

/** Whether all webhooks that count are asked about what a quota counts. */
export function isAskedAbout(
  configurations: readonly KubeObject[],
  counted: CountedScope,
): boolean {
  // As the API server keeps them.
  const entries = configurations.flatMap(({ webhooks }) => (webhooks ?? []) as Entry[]);
  const name = celText(nameOfScope(counted));
  return customQuotaCalculations.every((hook) =>
    entries.some(
      (entry) =>
        entry.name === hookName(hook) &&
        entry.matchConditions?.some(({ expression }) => expression?.includes(name)),
    ),
  );
}
