import { KubeApiError } from '../kube/api-error.ts';
import { onCluster, type Cluster } from './cluster/connect.ts';
import { explainFailure, isImpersonationRefused } from './cluster/explain-failure.ts';
import { clusterOptions, namespaceOption, textOption, timeoutOption } from './cluster/options.ts';
import type { Command } from './command.ts';
import { attempt, type Attempt } from './denial/attempt.ts';
import { decisionOf, type Decision } from './denial/decision.ts';
import { formatExplanation } from './denial/format-explanation.ts';
import { readAttempts } from './denial/read-attempts.ts';
import { readTenantFacts } from './denial/tenant-facts.ts';
import type { Explanation } from './denial/explanation.ts';

/** `tenantry explain denial`: what decides about a request, without making it. */
export const explainDenialCommand: Command = {
  name: 'explain denial',
  summary: 'tell which rule refuses a request, and what would allow it',
  details: `Examples:
  tenantry explain denial --as alice --as-group projectcapsule.dev create -f namespace.yaml
  tenantry explain denial --as alice --as-group projectcapsule.dev delete namespace/oil-apps
  tenantry explain denial --as system:serviceaccount:oil-apps:ci -n oil-apps apply -f deployment.yaml
  tenantry explain denial list secrets -n oil-apps

The API server itself decides, in a dry run: nothing is changed. Who asks about somebody else must be
allowed to impersonate them, and reads about the tenant only what they may read themselves. Exit code 0:
allowed, 1: refused.`,
  arguments: [
    { name: '<verb>', description: 'create, apply, update, delete, or any other verb of RBAC' },
    { name: '[target]', description: 'KIND/NAME, or KIND for all of it; not with -f' },
  ],
  options: [
    ...clusterOptions,
    namespaceOption,
    {
      flag: '-f, --filename <file>',
      description: 'the object, as a manifest; - is standard input',
    },
    {
      flag: '--configuration-name <name>',
      description: 'the CapsuleConfiguration that counts',
      default: 'default',
    },
    timeoutOption('30s'),
  ],
  run: (input) =>
    onCluster(input, async (cluster) => {
      const { options, args } = input;
      const attempts = await readAttempts(cluster, args, textOption(options, 'filename'));
      const configuration = textOption(options, 'configurationName') ?? 'default';
      const user = textOption(options, 'as') ?? 'you';
      const explanations: Explanation[] = [];
      for (const each of attempts) {
        explanations.push({ user, ...(await explain(cluster, each, configuration)) });
      }
      return explanations;
    }),
  print: (explanations: Explanation[]) => explanations.map(formatExplanation).join('\n\n'),
  exitCode: (explanations: Explanation[]) => (explanations.every(({ allowed }) => allowed) ? 0 : 1),
  failureCode: 2,
};

async function explain(
  { client, own, signal }: Cluster,
  wish: Attempt,
  configuration: string,
): Promise<Omit<Explanation, 'user'>> {
  const { verb, type, key } = wish;
  const object = [type.kind.toLowerCase(), ...(key ? [key.name] : [])].join('/');
  const decision = await decide(client, wish, { configuration, signal });
  if (!decision) return { verb, object, allowed: true };
  const tenant = await readTenantFacts(own, wish, signal);
  return { verb, object, allowed: false, decision, ...(tenant && { tenant }) };
}

async function decide(
  client: Cluster['client'],
  wish: Attempt,
  { configuration, signal }: { configuration: string; signal: AbortSignal },
): Promise<Decision | undefined> {
  try {
    const answer = await attempt(client, wish, signal);
    if (answer !== 'refused by RBAC') return undefined;
    return refusedByRbac(wish);
  } catch (error) {
    // A conflict, or that there is no such object, is no refusal: every ring was passed.
    if (!(error instanceof KubeApiError) || isImpersonationRefused(error)) throw error;
    if (error.code === 409 || error.code === 404) return undefined;
    const decision = decisionOf(error, configuration);
    const explained = explainFailure(error);
    const isRbac = decision.ring === 'rbac' && explained instanceof Error;
    return isRbac ? { ...decision, remedy: explained.message } : decision;
  }
}

function refusedByRbac({ verb, type, key, namespace }: Attempt): Decision {
  const where = type.namespaced ? (key?.namespace ?? namespace) : undefined;
  const binding =
    where === undefined ? 'a ClusterRoleBinding' : `a RoleBinding in namespace '${where}'`;
  return {
    ring: 'rbac',
    message: `no role of theirs grants '${verb}' on ${type.plural}`,
    remedy: `${binding} to a role that grants it`,
  };
}
