import { ringOne } from '../../access/ring-one.ts';
import { ruleThatSays } from '../../access/policy/described-rules.ts';
import type { KubeApiError } from '../../kube/api-error.ts';

/** Who refuses: RBAC, a policy in the API server, a webhook, a quota, or something that is not ours. */
export type Ring = 'rbac' | 'ring one' | 'ring two' | 'quota' | 'pod security' | 'other';

/** What decided that a request is refused. */
export interface Decision {
  ring: Ring;
  /** Name of the policy, webhook or quota. */
  by?: string;
  /** Name of the rule, where it is one of ours. */
  rule?: string;
  /** What the user reads. */
  message: string;
  /** What would allow it, for somebody who may change that. */
  remedy?: string;
}

const noRules =
  'the namespace has no rules yet: wait until the tenant controller has made capsule-managed-rules in it';
const noWebhook = 'the webhook does not answer: see that the tenancy component runs';

/** How the API server words a refusal; the groups are who refused, and what it said. */
const wordings: readonly { pattern: RegExp; ring: Ring; remedy?: string }[] = [
  { pattern: /admission webhook "([^"]+)" denied the request(?:: ([^]*))?$/, ring: 'ring two' },
  { pattern: /failed calling webhook "([^"]+)"/, ring: 'ring two', remedy: noWebhook },
  { pattern: /exceeded quota: ([^,]+),/, ring: 'quota' },
  { pattern: /violates PodSecurity "([^"]+)"/, ring: 'pod security' },
  { pattern: /User "[^"]*" cannot \w+ resource/, ring: 'rbac' },
  { pattern: /no params found for policy binding/, ring: 'ring one', remedy: noRules },
];
const policy = /ValidatingAdmissionPolicy '([^']+)' with binding '[^']*' denied request: ([^]*)$/;

/**
 * Who refused, by how the API server words it: the one place where a text is read, because the API
 * server says it nowhere else. `configuration` names the CapsuleConfiguration that counts.
 */
export function decisionOf({ message }: KubeApiError, configuration: string): Decision {
  const [, policyName, said = ''] = policy.exec(message) ?? [];
  if (policyName !== undefined) return ofPolicy(policyName, said, configuration);
  for (const { pattern, ring, remedy } of wordings) {
    const match = pattern.exec(message);
    if (!match) continue;
    const [, by, text = message] = match;
    return {
      ring,
      ...(by !== undefined && { by }),
      message: text,
      ...(remedy !== undefined && { remedy }),
    };
  }
  return { ring: 'other', message };
}

function ofPolicy(name: string, message: string, configuration: string): Decision {
  const policies = ringOne({ configuration });
  const rule = ruleThatSays(policies, { policy: name, message });
  const ours = policies.some(({ metadata }) => metadata.name === name);
  return {
    ring: ours ? 'ring one' : 'other',
    by: name,
    message,
    ...(rule && { rule: rule.name }),
    ...(rule?.remedy !== undefined && { remedy: rule.remedy }),
  };
}
