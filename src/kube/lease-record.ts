import type { Clock } from '../base/clock.ts';
import { isConflict, isNotFound } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './object.ts';
import { readIfThere } from './read-if-there.ts';

/** Lease of coordination.k8s.io/v1. */
export const leaseType: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export interface LeaseRecordOptions {
  client: KubeClient;
  namespace: string;
  name: string;
  holder: string;
  clock: Clock;
  leaseMs: number;
}

/**
 * One process's view of a Lease. Time is measured from when a change was observed here, never
 * compared with the holder's clock.
 */
export class LeaseRecord {
  readonly #options: LeaseRecordOptions;
  #seen: { resourceVersion: string; at: number } | undefined;
  #holder = '';
  /** As we wrote it last; renewing it needs no read. */
  #own: Lease | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseRecordOptions) {
    this.#options = options;
  }

  /** True when somebody else was the holder at the last look. */
  get isHeldByOther(): boolean {
    return this.#holder !== '' && this.#holder !== this.#options.holder;
  }

  /** When the last successful write began: others count from no earlier moment. */
  get renewedAt(): number {
    return this.#renewedAt;
  }

  /** Takes or renews the Lease. False when another holder is alive or was faster. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const lease = this.#own ?? (await this.#read(signal));
    this.#own = undefined;
    if (lease) this.#observe(lease);
    if (lease && this.isHeldByOther && !this.#isExpired(lease)) return false;
    const startedAt = this.#options.clock.now();
    const written = await this.#write(lease, signal);
    if (!written) return false;
    this.#observe(written);
    this.#own = written;
    this.#renewedAt = startedAt;
    return true;
  }

  /** Gives the Lease up, if we hold it, so that the next holder need not wait. */
  async release(): Promise<boolean> {
    const lease = await this.#read(AbortSignal.timeout(5_000));
    if (lease?.spec?.holderIdentity !== this.#options.holder) return false;
    const now = microTime(this.#options.clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now };
    await this.#options.client.replace(leaseType, { ...lease, spec });
    return true;
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    return await readIfThere<Lease>(client, leaseType, { namespace, name }, { signal });
  }

  /** Undefined when another taker was faster. */
  async #write(lease: Lease | undefined, signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    const { apiVersion, kind } = { apiVersion: apiVersionOf(leaseType), kind: leaseType.kind };
    const object = lease ?? { apiVersion, kind, metadata: { namespace, name } };
    const claim = { ...object, spec: this.#nextSpec(lease?.spec ?? {}) };
    try {
      // A replace carries the resourceVersion that was read: of two takers, one gets a conflict.
      return lease
        ? await client.replace<Lease>(leaseType, claim, { signal })
        : await client.create<Lease>(leaseType, claim, { signal });
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return undefined;
      throw error;
    }
  }

  #nextSpec(spec: NonNullable<Lease['spec']>): NonNullable<Lease['spec']> {
    const { holder, clock, leaseMs } = this.#options;
    const now = microTime(clock.now());
    const renewed = {
      ...spec,
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      renewTime: now,
    };
    if (spec.holderIdentity === holder) return renewed;
    const isNew = spec.holderIdentity === undefined;
    const transitions = (spec.leaseTransitions ?? 0) + (isNew ? 0 : 1);
    return { ...renewed, acquireTime: now, leaseTransitions: transitions };
  }

  #observe(lease: Lease): void {
    this.#holder = lease.spec?.holderIdentity ?? '';
    const resourceVersion = lease.metadata.resourceVersion ?? '';
    if (this.#seen?.resourceVersion === resourceVersion) return;
    this.#seen = { resourceVersion, at: this.#options.clock.now() };
  }

  /** By the duration its holder wrote, which may differ from ours. */
  #isExpired(lease: Lease): boolean {
    const seconds = lease.spec?.leaseDurationSeconds ?? 0;
    return this.#options.clock.now() >= (this.#seen?.at ?? 0) + seconds * 1000;
  }
}

/** metav1.MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/(\.\d{3})Z$/, '$1000Z');
}
