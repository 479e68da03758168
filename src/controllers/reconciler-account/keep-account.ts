import { Reason } from '../../api/reasons.ts';
import { secretType } from '../../kube/core-resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { EventSink } from '../../runtime/runtime.ts';
import { secretValues } from '../shared/secret.ts';
import { decideAccount, type AccountFacts } from './decide-account.ts';
import type { EquipmentIndex } from './equipment-index.ts';
import { freeNameFor } from './free-name.ts';
import type { Holder } from './keep-kubeconfig.ts';
import { idsOf, makeObjects, takeAway, type EquipOptions } from './make-objects.ts';
import { kubeconfigName, tokenName, type Account } from './names.ts';
import { wantedDistributions, wantedObjects } from './wanted-objects.ts';

/** Field manager of everything that accounts get. */
export const accountFieldManager = 'tenantry.dev/reconciler-account';
const eventSource = 'reconciler-account';

export interface AccountDeps {
  client: KubeClient;
  /** Hold what accounts have got, by its label. */
  equipment: Caches;
  index: EquipmentIndex;
  recorder: EventSink;
  /** What is known of the account besides itself. */
  factsOf(account: Account): Omit<AccountFacts, 'account' | 'annotations' | 'isGoing'>;
  keepKubeconfig(holder: Holder, signal: AbortSignal): Promise<number | undefined>;
  /** Makes the account's home part of its first tenant, where that is asked for. */
  adoptHome?: (account: Account, tenant: string, signal: AbortSignal) => Promise<void>;
  legacyTokens: boolean;
  /** As whom kubeconfigs are copied into tenants. */
  distributor: Account;
}

/**
 * Makes the functions that give a ServiceAccount what deploying its tenants takes, and take it away
 * when it does so no longer. What is there under the same name, and is not provably the account's, is
 * left as it is and told about.
 */
export function keepAccount(deps: AccountDeps) {
  const { client, equipment, index, factsOf } = deps;
  const fieldManager = accountFieldManager;

  async function keep(object: KubeObject, signal: AbortSignal): Promise<number | undefined> {
    const { namespace = '', name, annotations = {}, deletionTimestamp } = object.metadata;
    const account = { namespace, name };
    const isGoing = deletionTimestamp !== undefined;
    const options = { account, client, equipment, fieldManager, index, signal };
    const decision = decideAccount({ account, annotations, isGoing, ...factsOf(account) });
    if (decision.do !== 'equip') {
      if (decision.do === 'refuse') warn(object, Reason.AccessDenied, decision.why, deps);
      await takeAway(options);
      return undefined;
    }
    const againMs = await equip(object, decision.everywhere, options, deps);
    const [first = ''] = decision.owned;
    await deps.adoptHome?.(account, first, signal);
    return againMs;
  }

  return {
    keep,
    /** Of a ServiceAccount that is gone. */
    async gone({ namespace = '', name }: ObjectKey, signal: AbortSignal) {
      const account = { namespace, name };
      await takeAway({ account, client, equipment, fieldManager, index, signal });
    },
  };
}

/** Answers with the milliseconds after which to look again. */
async function equip(
  object: KubeObject,
  everywhere: readonly string[],
  options: EquipOptions,
  deps: AccountDeps,
): Promise<number | undefined> {
  const { account } = options;
  const uid = object.metadata.uid ?? '';
  const freeName = freeNameFor(account, options.equipment);
  const want = () => wantedObjects({ account, uid, legacyToken: deps.legacyTokens, freeName });
  const { wanted, taken } = await makeFree(want, options);
  const againMs = await issueKubeconfig(uid, options, deps);
  // Once there is something to copy.
  const version = find(kubeconfigName(account), options)?.metadata.resourceVersion ?? '';
  const { distributor } = deps;
  const distribution = { account, everywhere, distributor, version, freeName };
  const distributed = await makeFree(() => wantedDistributions(distribution), options);
  taken.push(...distributed.taken);
  // Last: a token that goes is not in the kubeconfig any more.
  await takeAway(options, idsOf(new Map([...wanted, ...distributed.wanted])));
  for (const why of taken) warn(object, Reason.NameTaken, why, deps);
  return againMs;
}

type Wanted = ReadonlyMap<ResourceType, readonly KubeObject[]>;

/** Once more under other names when another account turns out to have had them first. */
async function makeFree(
  want: () => Wanted,
  options: EquipOptions,
): Promise<{ wanted: Wanted; taken: string[] }> {
  const wanted = want();
  const taken = await makeAll(wanted, options);
  const others = want();
  if (idsOf(others).isSubsetOf(idsOf(wanted))) return { wanted, taken };
  return { wanted: others, taken: await makeAll(others, options) };
}

async function makeAll(wanted: Wanted, options: EquipOptions): Promise<string[]> {
  const taken: string[] = [];
  for (const [type, objects] of wanted) taken.push(...(await makeObjects(type, objects, options)));
  return taken;
}

/** A Secret that the account has got, by its name. */
function find(name: string, { account, index }: EquipOptions): KubeObject | undefined {
  return index
    .of(account)
    .find(({ type, object }) => type.kind === secretType.kind && object.metadata.name === name)
    ?.object;
}

async function issueKubeconfig(
  accountUid: string,
  options: EquipOptions,
  { legacyTokens, keepKubeconfig }: AccountDeps,
): Promise<number | undefined> {
  const { account, signal } = options;
  const secret = find(kubeconfigName(account), options);
  const tokenSecret = legacyTokens ? find(tokenName(account), options) : undefined;
  if (!secret) return undefined;
  const fixedToken = tokenSecret && secretValues(tokenSecret).text('token');
  // The cluster fills the token's Secret in a moment, which wakes the account.
  if (legacyTokens && fixedToken === undefined) return undefined;
  return await keepKubeconfig({ account, accountUid, secret, fixedToken }, signal);
}

function warn(
  object: KubeObject,
  reason: Reason,
  message: string,
  { recorder }: Pick<AccountDeps, 'recorder'>,
): void {
  // Only its metadata is watched, under a kind of its own.
  const account = { ...object, apiVersion: 'v1', kind: 'ServiceAccount' };
  recorder.record(account, eventSource, { severity: 'error', reason, message });
}
