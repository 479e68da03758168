import { KubeApiError } from '../../src/kube/api-error.ts';
import { equalJson } from '../../src/base/json.ts';
import type { KubeClient, OwnClient } from '../../src/kube/client.ts';
import { namespaceType } from '../../src/kube/core-resources.ts';
import type { Identity } from '../../src/kube/identity.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import {
  cordonedLabel,
  nodeSelectorAnnotation,
  tenantLabel,
} from '../../src/access/tenancy/vocabulary.ts';
import {
  ofAnyVersion,
  ways,
  writeMetadata,
  type Answer,
  type MetadataWrite,
  type WantedMetadata,
  type Way,
} from './metadata-writes.ts';

const subresources = ['', 'status', 'finalize'] as const;
export type Subresource = (typeof subresources)[number];

/** Each way to write a Namespace and its subresources. */
export const cells = ways.flatMap((way) =>
  subresources.map((subresource): [Way, Subresource] => [way, subresource]),
);

/** What a new namespace says of itself. */
export interface NewNamespace {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: object[];
}

/** Creates a namespace; a refusal is an answer. */
export async function createNamespace(
  client: KubeClient,
  name: string,
  metadata: NewNamespace = {},
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<Answer & { made?: KubeObject }> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, name } };
  try {
    const made = await client.create<KubeObject>(namespaceType, object as KubeObject, {
      dryRun,
    });
    return { code: 201, message: '', made };
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** Writes a namespace as `client`, whatever happened to it since it was read; see {@link writeMetadata}. */
export const writeNamespace = (
  client: KubeClient,
  stored: KubeObject,
  write: MetadataWrite,
): Promise<Answer> => writeMetadata(client, namespaceType, ofAnyVersion(stored), write);

const nobodys = '00000000-0000-4000-8000-000000000000';

/** A reference to a Tenant; if nothing else is said, of a UID that there is none of. */
export const referenceTo = (name: string, uid = nobodys) => {
  return { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', name, uid };
};

/** What owners of a tenant try on namespaces that are not its. */
function attacksOf(tenant: string): [string, WantedMetadata][] {
  const labels = { [tenantLabel]: tenant };
  const reference = referenceTo(tenant);
  const foreign = { ...reference, apiVersion: 'example.com/v1' };
  return [
    ['take it', { labels }],
    ['take it by reference', { ownerReferences: [reference] }],
    ['take it whole', { labels, ownerReferences: [reference] }],
    ['label it with nothing', { labels: { [tenantLabel]: '' } }],
    ['set it free', { labels: { [tenantLabel]: null }, ownerReferences: null }],
    ['cordon it', { labels: { [cordonedLabel]: 'true' } }],
    ['open its security', { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } }],
    ['move its Pods', { annotations: { [nodeSelectorAnnotation]: 'pool=evil' } }],
    ['give it to a Tenant of another group', { ownerReferences: [foreign] }],
    ['keep it for ever', { finalizers: ['example.com/evil'] }],
  ];
}

/** Of what ends, the finalizers and owners that say nothing of tenants may be changed by who can. */
const onLivingOnly = ['give it to a Tenant of another group', 'keep it for ever'];

export interface NamespaceAttack {
  /** Whose owners attack. */
  tenant: string;
  /** Each of the attacks is made by the next of these, beginning with the one at `first`. */
  by: readonly Identity[];
  first?: number;
  way: Way;
  subresource: Subresource;
}

/** Attacks a namespace of others in every respect, in one way; what was not simply refused. */
export async function attackNamespace(
  admin: OwnClient,
  name: string,
  { tenant, by, first = 0, way, subresource }: NamespaceAttack,
): Promise<string[]> {
  const before = await admin.get<KubeObject>(namespaceType, { name });
  const isGoing = before.metadata.deletionTimestamp !== undefined;
  // Namespaces are finalized by PUT only.
  const isServed = subresource !== 'finalize' || way === 'update';
  const attacks = attacksOf(tenant)
    .filter(([what]) => !isGoing || !onLivingOnly.includes(what))
    // To apply nothing takes nothing from those who have set it.
    .filter(([what]) => way !== 'apply' || what !== 'set it free')
    .slice(0, isServed ? undefined : 1);
  const through: string[] = [];
  for (const [index, [what, wanted]] of attacks.entries()) {
    const who = by[(first + index) % by.length];
    if (!who) throw new Error('nobody attacks');
    const write = { wanted, way, subresource };
    const { code, message } = await writeNamespace(admin.as(who), before, write);
    if (code !== (isServed ? 403 : 405))
      through.push(`${who.user}, ${what}, ${name}: ${code} ${message}`);
  }
  const after = await admin.get<KubeObject>(namespaceType, { name });
  if (!equalJson(attackedParts(after), attackedParts(before))) through.push(`${name} is changed`);
  return through;
}

const attackedParts = ({ metadata }: KubeObject) => {
  const { labels, annotations, ownerReferences, finalizers } = metadata;
  return [labels, annotations?.[nodeSelectorAnnotation], ownerReferences, finalizers];
};
