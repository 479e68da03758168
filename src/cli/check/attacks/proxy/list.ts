import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import { collectionPath } from '../../../../kube/resource-path.ts';
import type { Attack } from '../../attack.ts';
import { typeOf, type Request } from '../../target.ts';
import { throughProxy } from '../../through-proxy.ts';
import { tryAll } from '../../tries.ts';
import { baitName, type World } from '../../world.ts';

const kinds = [
  ['v1', 'Namespace'],
  ['capsule.clastix.io/v1beta2', 'Tenant'],
  ['v1', 'Secret'],
  ['v1', 'ConfigMap'],
  ['v1', 'ServiceAccount'],
] as const;

export const listThroughProxy: Attack = {
  id: 'proxy/list',
  title:
    'lists what is not its through the tenant proxy, with selectors made to get past its filter',
  why: 'the proxy itself may see everything',
  remedy: 'upgrade the proxy: what a tenant selects by must only ever narrow what it sees',
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  attempt: (world) =>
    throughProxy(world, ({ person }) =>
      tryAll(
        world,
        kinds.flatMap(([apiVersion, kind]) =>
          Object.entries(selectorsOf(world, kind)).map(([what, query]) => ({
            what: `${kind}s, ${what}`,
            send: listing(world, { apiVersion, kind }, query),
            took: (answer: object) => showsOthers(answer, world),
            otherwise: 'the answer is without them',
          })),
        ),
        {
          people: [person],
          harmless: {
            what: 'its own namespaces',
            send: listing(world, { apiVersion: 'v1', kind: 'Namespace' }, {}),
            took: (answer) => JSON.stringify(answer).includes(`"${world.attacker.namespace}"`),
          },
        },
      ),
    ),
};

function selectorsOf(
  { attacker, neighbour }: World,
  kind: string,
): Record<string, Record<string, string>> {
  const theirs = neighbour.tenant;
  const names: Record<string, string> = { Namespace: neighbour.namespace, Tenant: theirs };
  return {
    'all of them': {},
    'of the neighbour’s tenant': { labelSelector: `${tenantLabel}=${theirs}` },
    'of both tenants': { labelSelector: `${tenantLabel} in (${attacker.tenant},${theirs})` },
    'of no tenant': { labelSelector: `!${tenantLabel}` },
    'by the name of the namespace': {
      labelSelector: `kubernetes.io/metadata.name=${neighbour.namespace}`,
    },
    'by their names': { fieldSelector: `metadata.name=${names[kind] ?? baitName}` },
    'from the watch cache': { resourceVersion: '0' },
  };
}

const listing =
  (
    { admin }: World,
    of: { apiVersion: string; kind: string },
    query: Record<string, string>,
  ): Request =>
  async (client) =>
    client.raw({ method: 'GET', path: collectionPath(await typeOf(admin, of)), query });

/** Names that only show up where something is shown that is not the attacker's. */
function showsOthers(answer: object, { neighbour, unowned }: World): boolean {
  const items = (answer as { items?: unknown[] }).items ?? [];
  const text = JSON.stringify(items.map((item) => (item as { metadata: unknown }).metadata));
  return [neighbour.namespace, neighbour.tenant, unowned, 'kube-system'].some((name) =>
    text.includes(`"${name}"`),
  );
}
