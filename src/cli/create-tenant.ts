import { Tenant } from '../api/capsule/tenant.ts';
import { toStream } from '../api/generated-files.ts';
import { isConflict } from '../kube/api-error.ts';
import type { KubeObject } from '../kube/object.ts';
import { onCluster, type Cluster } from './cluster/connect.ts';
import { clusterOptions, timeoutOption, waitOptions } from './cluster/options.ts';
import { UsageError, type Command } from './command.ts';
import { awaitVerdict } from './objects/await-verdict.ts';
import { fieldManager } from './objects/field-manager.ts';
import { tenantManifest } from './tenants/tenant-manifest.ts';

/** What became of the tenant; only the manifest with `--export`. */
export interface CreatedTenant {
  tenant: KubeObject;
  exported: boolean;
}

/** `tenantry create tenant`: a Tenant from flags, or its manifest for Git. */
export const createTenantCommand: Command = {
  name: 'create tenant',
  summary: 'create a Tenant and wait until its owners may use it',
  details: `Examples:
  tenantry create tenant oil --owner User:alice --namespace-quota 5
  tenantry create tenant oil --owner Group:oil-team --owner ServiceAccount:oil-system:gitops
  tenantry create tenant oil --owner alice --export > tenants/oil.yaml

A tenant that exists is not changed: edit its manifest, or use kubectl edit tenant.`,
  arguments: [{ name: '<name>', description: 'name of the Tenant' }],
  options: [
    ...clusterOptions,
    {
      flag: '--owner <owner>',
      description: 'User:NAME, Group:NAME or ServiceAccount:NAMESPACE:NAME; repeatable',
      repeatable: true,
    },
    {
      flag: '--owner-role <clusterrole>',
      description: 'role of the owners in its namespaces (default: admin and the right to delete)',
      repeatable: true,
    },
    { flag: '--namespace-quota <number>', description: 'how many namespaces it may have' },
    {
      flag: '--namespace-label <key=value>',
      description: 'label of its namespaces; repeatable',
      repeatable: true,
    },
    {
      flag: '--node-selector <key=value>',
      description: 'nodes its pods run on; repeatable',
      repeatable: true,
    },
    { flag: '--force-prefix', description: 'names of its namespaces must begin with its own' },
    { flag: '--export', description: 'print the manifest; nothing is done to a cluster' },
    ...waitOptions,
    timeoutOption('1m'),
  ],
  run: async (input) => {
    const { args, options, progress } = input;
    const manifest = tenantManifest(args[0] ?? '', options);
    if (options['export'] === true) return { tenant: manifest, exported: true };
    return onCluster(input, async (cluster) => {
      const tenant = await create(cluster, manifest);
      if (options['wait'] === false) return { tenant, exported: false };
      const { name } = tenant.metadata;
      const ready = await awaitVerdict(cluster, { kind: Tenant, name }, { progress });
      return { tenant: ready, exported: false };
    });
  },
  print: ({ tenant, exported }: CreatedTenant) =>
    exported
      ? toStream([tenant]).trimEnd()
      : `✔ tenant/${tenant.metadata.name} created: its owners create namespaces with the label capsule.clastix.io/tenant=${tenant.metadata.name}`,
};

async function create({ client, signal }: Cluster, tenant: KubeObject): Promise<KubeObject> {
  try {
    return await client.create(Tenant.type, tenant, { fieldManager, signal });
  } catch (error) {
    if (!isConflict(error)) throw error;
    const { name } = tenant.metadata;
    throw new UsageError(`tenant '${name}' exists: change it with kubectl edit tenant ${name}`, {
      cause: error,
    });
  }
}
