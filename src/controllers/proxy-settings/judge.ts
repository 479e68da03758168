import { GlobalProxySettings } from '../../api/capsule/global-proxy-settings.ts';
import { ProxySetting } from '../../api/capsule/proxy-setting.ts';
import { Reason } from '../../api/reasons.ts';
import { ruleProblems } from '../../access/visibility/cluster-resources.ts';
import type { ConditionFact } from '../../runtime/conditions.ts';
import type { KubeObject } from '../../kube/object.ts';

/** Whether what a ProxySetting says can be meant, and what it does. */
export function judgeProxySetting(
  object: KubeObject,
  tenantOf: (namespace: string) => string,
): ConditionFact {
  const { metadata, spec } = ProxySetting.decode(object);
  const problems = spec.subjects.flatMap(({ clusterResources }, index) =>
    ruleProblems(clusterResources, `spec.subjects[${index}].clusterResources`),
  );
  const tenant = tenantOf(metadata.namespace ?? '');
  return ready(
    problems,
    tenant === ''
      ? 'the namespace belongs to no tenant: its subjects see nothing more'
      : `its subjects see tenant ${tenant}`,
  );
}

/** The same of GlobalProxySettings. */
export function judgeGlobalSettings(object: KubeObject): ConditionFact {
  const { spec } = GlobalProxySettings.decode(object);
  const problems = spec.rules.flatMap(({ clusterResources }, index) =>
    ruleProblems(clusterResources, `spec.rules[${index}].clusterResources`),
  );
  return ready(problems, 'its subjects see what the rules select');
}

function ready([problem]: readonly string[], message: string): ConditionFact {
  return problem === undefined
    ? { type: 'Ready', status: 'True', reason: Reason.Succeeded, message }
    : { type: 'Ready', status: 'False', reason: Reason.InvalidSpec, message: problem };
}
