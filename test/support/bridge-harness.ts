import { bridgeName, bridgeRbac } from '../../src/api/install/bridge.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import { startBridgeComponent } from '../../src/apps/bridge/start-bridge-component.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { createCaches } from '../../src/runtime/cache/create-caches.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import type { RunEvent } from '../../src/runtime/run.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import type { TenancyPlane } from './tenancy-plane.ts';

/** The bridge at work, in this process. */
export interface Bridge extends AsyncDisposable {
  /** What it asked of the API server, `verb resource`, since it was last emptied. */
  requests: string[];
  /** What it told, as `namespace/name: message`. */
  told: string[];
  /** Where kubeconfigs lead; a change is followed at once. */
  lead(server: string, ca: string): void;
  /** Moves its clock on; timers run as before. */
  skip(ms: number): void;
}

export interface BridgeHarnessOptions {
  tokenLifeMs?: number;
  legacyTokens?: boolean;
  homeReference?: boolean;
}

/** Whom it works as, and where the kubeconfigs that it makes lead. */
export interface BridgePlace {
  /** Path of a kubeconfig. */
  kubeconfig: string;
  endpoint: { server: string; ca: string };
}

/** Lets an account of this name do what an installation lets it; a kubeconfig of it. */
export async function installBridge({
  apply,
  plane,
}: Pick<TenancyPlane, 'apply' | 'plane'>): Promise<string> {
  const { namespace } = defaultInstallOptions;
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await apply([home, ...bridgeRbac(defaultInstallOptions)]);
  return await plane.clientKubeconfig({
    commonName: `system:serviceaccount:${namespace}:${bridgeName}`,
    organizations: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  });
}

/** Starts it; resolves once it has seen the cluster. */
export async function startBridge(
  place: BridgePlace,
  {
    tokenLifeMs = 2 * 3_600_000,
    legacyTokens = false,
    homeReference = false,
  }: BridgeHarnessOptions = {},
): Promise<Bridge> {
  const { namespace } = defaultInstallOptions;
  const log = createLog({ level: 'error' });
  const [requests, told]: [string[], string[]] = [[], []];
  const client = createClient({
    cluster: await loadKubeconfig({ paths: [place.kubeconfig] }),
    log,
    userAgent: 'bridge-test',
    onRequest: ({ verb, resource, subresource }) =>
      void requests.push([verb, resource, subresource].filter(Boolean).join(' ')),
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  let skippedMs = 0;
  const clock = { ...systemClock, now: () => Date.now() + skippedMs };
  const record = ({ metadata }: KubeObject, _source: string, ...events: RunEvent[]) =>
    void told.push(
      ...events.map(({ message }) => `${metadata.namespace}/${metadata.name}: ${message}`),
    );
  const runtime = createRuntime({
    client,
    caches: createCaches({ client, signal, log }),
    recorder: { record },
    metrics: createMetrics(),
    log,
    signal,
    clock,
    graceMs: 0,
    maxRetryMs: 2_000,
  });
  let { endpoint } = place;
  const listeners: (() => void)[] = [];
  const keepers = await startBridgeComponent({
    runtime,
    client,
    home: namespace,
    tokenLifeMs,
    legacyTokens,
    homeReference,
    // As the manager has by default.
    workers: 4,
    endpoint: {
      current: () => endpoint,
      onChange: (listener) => void listeners.push(listener),
    },
  });
  return {
    requests,
    told,
    lead(server, ca) {
      endpoint = { server, ca };
      for (const listener of listeners) listener();
    },
    skip: (ms) => void (skippedMs += ms),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(keepers.map(({ done }) => done));
      await client.close();
    },
  };
}
