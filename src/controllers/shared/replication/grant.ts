import { isAllowed } from '../../../kube/access-review.ts';
import { replicationGrant, replicationRoleName } from '../../../access/replications/grants.ts';
import { grantNameOf } from '../../../access/replications/replication-id.ts';
import { capsuleGroup, Verb } from '../../../access/tenancy/vocabulary.ts';
import { sleep } from '../../../base/clock.ts';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import { converge } from '../converge.ts';
import { clusterRoleBindingType, clusterRoleType } from '../rbac-resources.ts';
import type { Work } from './work.ts';

const fieldManager = 'projectcapsule.dev/replications';
const stepMs = 50;
const maxSteps = 40;
const types = [clusterRoleType, clusterRoleBindingType];

/**
 * Lets the replication's account change what the replication makes, and waits until the API server
 * knows: its RBAC follows a write by some milliseconds. No request when nothing differs.
 */
export async function grantReplication(work: Work): Promise<void> {
  const { replication, actor } = work;
  if (!actor.account) return;
  const wanted = replicationGrant(replication.id, actor.account);
  let isChanged = false;
  for (const type of types) {
    const desired = wanted.filter(({ kind }) => kind === type.kind);
    isChanged = (await ensure(type, desired, work)) || isChanged;
  }
  if (isChanged) await waitUntilKnown(work);
}

/** Takes it away again, once there is nothing left to change. */
export async function withdrawReplication(work: Pick<Work, 'replication' | 'deps' | 'run'>) {
  for (const type of types) await ensure(type, [], work);
}

async function ensure(
  type: ResourceType,
  desired: readonly KubeObject[],
  { replication, deps, run }: Pick<Work, 'replication' | 'deps' | 'run'>,
): Promise<boolean> {
  const cache = deps.managed.for(type);
  const key = { name: replicationRoleName(replication.id) };
  const before = cache.get(key);
  const options = { client: deps.client, caches: deps.managed, fieldManager, signal: run.signal };
  await converge({ type, desired, present: before ? [before] : [] }, options);
  return before === undefined || cache.get(key) !== before;
}

async function waitUntilKnown({ replication, actor, run }: Work): Promise<void> {
  const attributes = {
    group: capsuleGroup,
    resource: replication.type.plural,
    verb: Verb.Replicate,
    name: grantNameOf(replication.id),
  };
  for (let step = 0; step < maxSteps; step++) {
    if (await isAllowed(actor.client, attributes, { signal: run.signal })) return;
    await sleep(run.clock, stepMs, run.signal);
  }
}
