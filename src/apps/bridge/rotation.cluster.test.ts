import { afterAll, beforeAll, expect, test } from 'vitest';
import { bringKinds } from '../../../test/support/bring-kinds.ts';
import {
  startBridge,
  type Bridge,
  type BridgePlace,
} from '../../../test/support/bridge-harness.ts';
import { account as accountOf, tenantOf, tokenIn } from '../../../test/support/bridge-world.ts';
import { apply, clusterContext, freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';
import { startProxyHarness, type ProxyHarness } from '../../../test/support/proxy-harness.ts';
import { capsuleKinds } from '../../api/capsule/kinds.ts';
import { customResourceDefinition } from '../../api/crd/custom-resource-definition.ts';
import { secretType } from '../../kube/core-resources.ts';

/**
 * Many owners get new tokens, again and again, while Kustomizations of some of them go through the
 * tenant proxy with what is in the Secret: none of them ever fails. `TENANTRY_OWNERS=1000` for a
 * thousand.
 */
const ownerCount = Number(process.env['TENANTRY_OWNERS'] ?? 40);
const busyCount = 5;
const hour = 3_600_000;
/** A shorter life than tokens have is a reason to renew all of them. */
const lives = [6 * hour, 4 * hour, 2 * hour];

let harness: KustomizeHarness;
let proxy: ProxyHarness;
let place: BridgePlace;
const run = freshName('rotation');
const homes = Array.from({ length: ownerCount }, (_, index) => `${run}-${index}`);
const busy = homes.slice(0, busyCount);

beforeAll(async () => {
  await bringKinds(capsuleKinds.map(customResourceDefinition));
  harness = await startKustomizeHarness({ flags: { allowLoopbackClusters: true } });
  proxy = await startProxyHarness();
  const endpoint = { server: proxy.url, ca: proxy.caPem };
  place = { kubeconfig: clusterContext().kubeconfig, endpoint };
  await apply(homes.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  await apply(homes.flatMap((home) => [accountOf(home, undefined, account)]));
  await apply(homes.map((home) => tenantOf(home, `${home}:${account}`)));
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await harness?.[Symbol.asyncDispose]();
  await kubectlOk(['delete', 'tenants', ...homes, '--wait=false', '--ignore-not-found']);
});

/** The token of each owner that has one. */
async function tokens(): Promise<Map<string, string>> {
  const labelSelector = 'app.kubernetes.io/managed-by=capsule-addon-fluxcd';
  const { items } = await harness.admin.list(secretType, { labelSelector });
  const found = new Map<string, string>();
  for (const { metadata, data } of items) {
    const { kubeconfig } = (data ?? {}) as Record<string, string>;
    if (!metadata.namespace?.startsWith(run) || kubeconfig === undefined) continue;
    found.set(metadata.namespace, tokenIn(Buffer.from(kubeconfig, 'base64').toString()));
  }
  return found;
}

/** Until the bridge has made a token for every owner, which none of `before` is. */
const renewed = ({ requests }: Bridge, before: ReadonlyMap<string, string>) =>
  eventually(
    'all have a new token',
    async () => {
      // A list of all of them takes from the machine what is being waited for.
      if (requests.length < ownerCount) return false;
      const now = await tokens();
      const isNew = homes.every((home) => now.has(home) && now.get(home) !== before.get(home));
      return isNew && now;
    },
    150 + ownerCount,
  );

test(
  `${ownerCount} owners rotate without a failed reconcile`,
  async () => {
    let bridge: Bridge = await startBridge(place, { tokenLifeMs: lives[0]! });
    let known = await renewed(bridge, new Map());
    for (const namespace of busy) {
      const settings = configMap('settings', { round: 'first' }, { namespace });
      await harness.publish({ 'settings.yaml': settings }, { namespace });
      await harness.deploy(namespace, 'apps', {
        kubeConfig: { secretRef: { name: `${account}-kubeconfig`, key: 'kubeconfig' } },
      });
      await harness.ready(namespace, 'apps');
    }
    let rounds = 0;
    const ending = new AbortController();
    const reconciling = (async () => {
      while (!ending.signal.aborted) {
        await Promise.all(busy.map((namespace) => harness.request(namespace, 'apps')));
        rounds++;
      }
    })();
    for (const tokenLifeMs of lives.slice(1)) {
      await bridge[Symbol.asyncDispose]();
      bridge = await startBridge(place, { tokenLifeMs });
      known = await renewed(bridge, known);
    }
    const until = rounds + 2;
    await eventually('they reconcile with the last of them', async () => rounds >= until);
    ending.abort();
    await reconciling;
    await bridge[Symbol.asyncDispose]();
    expect(harness.events.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(bridge.told).toEqual([]);
  },
  600_000 + ownerCount * 1_000,
);
