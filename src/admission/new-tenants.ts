import { Tenant } from '../api/capsule/tenant.ts';
import { Verb } from '../access/tenancy/vocabulary.ts';
import { sleep, type Clock } from '../base/clock.ts';
import { isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Caches } from '../runtime/cache/read-cache.ts';
import { holdsRight } from './holds-right.ts';
import type { UserInfo } from './request.ts';
import { createShares } from './shares.ts';
import type { TenantDirectory } from './tenant-directory.ts';

/** Well within the ten seconds that the API server waits for a webhook. */
const ownershipMs = 5_000;
const firstTenantMs = 1_000;
const rightsMs = 2_000;

/**
 * Tenants made a moment ago. GitOps applies a Tenant and a namespace in one breath, and owners follow at
 * once: neither is to be refused because the watch has not told of the Tenant, the controller has not
 * looked at it, or the API server does not know its new role. Whatever is waited for is bounded, in time
 * and in how much of it anybody has under way; then the request is judged by what is known.
 */
export interface NewTenants {
  /** Has the directory know the Tenants of these names, as the API server has them now. */
  learn(sender: UserInfo, names: readonly string[]): Promise<void>;
  /** Waits until a tenant that names the sender an owner lists it; for `''` all of them, and at least one. */
  owned(sender: UserInfo, tenant: string): Promise<void>;
  /** Waits until the first ring takes the sender for an owner. */
  granted(sender: UserInfo, tenant: string): Promise<void>;
}

interface Sources {
  client: KubeClient;
  caches: Caches;
  clock: Clock;
  tenants: TenantDirectory;
}

/** Follows Tenants that are too new for the directory. */
export function createNewTenants({ client, caches, clock, tenants }: Sources): NewTenants {
  const cache = caches.for(Tenant.type);
  // A fleet's account applies many tenants at a time, each with its namespaces; a request reads once for each it names.
  const reads = createShares({ ofOne: 16, ofAll: 64 });
  const waits = createShares({ ofOne: 8, ofAll: 100 });

  async function read(name: string): Promise<void> {
    try {
      cache.observe(await client.get(Tenant.type, { name }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Resolves when it holds, or is not to be expected any more. */
  function until(holds: () => boolean, ms: number): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        stop();
        cancel();
        resolve();
      };
      const stop = cache.onChange(() => void (holds() && end()));
      const cancel = clock.after(ms, end);
    });
  }

  return {
    async learn({ username }, names) {
      for (const name of new Set(names)) {
        const known = tenants.get(name);
        // One that goes may be another by now.
        const isKnown = known && known.metadata.deletionTimestamp === undefined;
        if (name !== '' && !isKnown) await reads(username, () => read(name));
      }
    },
    async owned(sender, tenant) {
      const isPromised = () => tenants.isPromised(sender, tenant);
      const isNamed = () => isPromised() || tenants.ownedBy(sender).length > 0;
      await waits(sender.username, async () => {
        if (tenant === '') await until(isNamed, firstTenantMs);
        await until(() => !isPromised(), ownershipMs);
      });
    },
    async granted(sender, name) {
      const right = { resource: 'tenants', name, verb: Verb.Own } as const;
      const deadline = clock.now() + rightsMs;
      await waits(sender.username, async () => {
        for (let pauseMs = 10; clock.now() < deadline; pauseMs = Math.min(pauseMs * 2, 200)) {
          if (await holdsRight(client, sender, right)) return;
          await sleep(clock, pauseMs);
        }
      });
    },
  };
}
