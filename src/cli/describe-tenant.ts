import { Tenant } from '../api/capsule/tenant.ts';
import { isForbidden } from '../kube/api-error.ts';
import { resourceQuotaType } from '../kube/core-resources.ts';
import type { KubeObject } from '../kube/object.ts';
import { onCluster, type Cluster } from './cluster/connect.ts';
import { clusterOptions, timeoutOption } from './cluster/options.ts';
import type { Command } from './command.ts';
import { inTurns } from './objects/in-turns.ts';
import { readObject } from './objects/read.ts';
import { describeTenant, type TenantDescription } from './tenants/description.ts';
import { formatDescription } from './tenants/format-description.ts';

const concurrentReads = 8;

/** `tenantry describe tenant`: how a tenant is, and how much of its limits is used. */
export const describeTenantCommand: Command = {
  name: 'describe tenant',
  summary: 'show owners, namespaces and use of quotas of a tenant',
  details: `Examples:
  tenantry describe tenant oil
  tenantry describe tenant oil -o json

Whoever may read the Tenant sees it, through the tenant proxy its owners too; quotas where they may
read those.`,
  arguments: [{ name: '<name>', description: 'name of the Tenant' }],
  options: [...clusterOptions, timeoutOption('1m')],
  run: (input) => onCluster(input, (cluster) => describe(cluster, input.args[0] ?? '')),
  print: formatDescription,
};

async function describe(cluster: Cluster, name: string): Promise<TenantDescription> {
  const found = await readObject(cluster, { kind: Tenant, name, namespace: '' });
  const tenant = Tenant.decode(found);
  const namespaces = tenant.status?.namespaces ?? [];
  const quotas = await inTurns(namespaces, concurrentReads, (namespace) =>
    quotasIn(cluster, namespace),
  );
  return describeTenant(tenant, new Map(namespaces.map((each, index) => [each, quotas[index]])));
}

async function quotasIn(
  { client, signal }: Cluster,
  namespace: string,
): Promise<KubeObject[] | undefined> {
  try {
    return (await client.list(resourceQuotaType, { namespace, signal })).items;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
