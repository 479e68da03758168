import { Heap } from './heap.ts';

/** How far, in turns, asked-for work may overtake the background work of other tenants. */
export const leadTurns = 8;
/** The most that one run costs its tenant, so that a single slow run does not starve its siblings. */
const maxTurnsPerRun = 30;
/** A run this long costs one turn; a shorter one costs a whole turn all the same. */
const turnMs = 1000;

interface Tenant {
  name: string;
  /** Turns had, divided by weight: the tenant that had least is next (stride scheduling). */
  spent: number;
  /** Keys the queue holds for the tenant, in whatever state. */
  keys: number;
  running: number;
  asked: Heap<string>;
  background: Heap<string>;
}

/** A key that may run now. */
export interface Turn {
  key: string;
  tenant: string;
  asked: boolean;
}

export interface TurnsOptions {
  workers: number;
  /** Workers one tenant may hold, whoever else is there. */
  perTenant?: number | undefined;
  /** A tenant of weight 2 has two turns for each of a tenant of weight 1 (the default). */
  weightOf?: ((tenant: string) => number) | undefined;
}

/**
 * Whose turn it is. Holds what is ready to run; pure bookkeeping, no time and no IO.
 *
 * - Each tenant is charged for the turns it had, by the second of work; the tenant that was
 *   charged least goes next. A tenant that was idle starts level with the others: idling
 *   saves nothing up, and a backlog of any length delays another tenant by one turn.
 * - Within a tenant, asked-for work goes before background work. Between tenants it may
 *   overtake, but by no more than `leadTurns`, so that asking a lot cannot starve anybody.
 * - While more than one tenant is known, one may hold all workers but one: a tenant whose
 *   runs hang leaves a way through for the others.
 */
export class Turns {
  readonly #workers: number;
  readonly #perTenant: number;
  readonly #weightOf: (tenant: string) => number;
  readonly #tenants = new Map<string, Tenant>();
  readonly #asked = new Heap<Tenant>();
  readonly #background = new Heap<Tenant>();
  /** Tenants that have something ready but all the workers they may have. */
  readonly #capped = new Set<Tenant>();
  /** `spent` of the tenant that ran last: where a tenant starts when nobody waits. */
  #latest = 0;
  #size = 0;

  constructor({ workers, perTenant = Infinity, weightOf = () => 1 }: TurnsOptions) {
    this.#workers = workers;
    this.#perTenant = perTenant;
    this.#weightOf = weightOf;
  }

  /** Ready keys. */
  get size(): number {
    return this.#size;
  }

  /** Counts a key as the tenant's own until `leave`, ready or not. */
  enter(tenant: string): void {
    this.#tenant(tenant).keys++;
  }

  leave(name: string): void {
    const tenant = this.#tenant(name);
    tenant.keys--;
    if (tenant.keys > 0) return;
    this.#tenants.delete(name);
    for (const other of this.#capped) this.#rank(other);
  }

  /** Makes a key ready; one that is ready already can only gain priority. */
  push(name: string, key: string, asked: boolean): void {
    const tenant = this.#tenant(name);
    const promoted = asked && tenant.background.has(key);
    if (tenant.asked.has(key) || (tenant.background.has(key) && !promoted)) return;
    if (!isWaiting(tenant)) tenant.spent = Math.max(tenant.spent, this.#level());
    if (promoted) tenant.background.delete(key);
    else this.#size++;
    (asked ? tenant.asked : tenant.background).set(key, 0);
    this.#rank(tenant);
  }

  /** True for a key that was pushed and not yet taken or dropped. */
  has(name: string, key: string): boolean {
    const tenant = this.#tenants.get(name);
    return tenant !== undefined && (tenant.asked.has(key) || tenant.background.has(key));
  }

  /** Takes back a key that was pushed; says how urgent it was. */
  drop(name: string, key: string): 'asked' | 'background' | undefined {
    const tenant = this.#tenant(name);
    const asked = tenant.asked.delete(key);
    const had = asked || tenant.background.delete(key);
    if (had) this.#size--;
    this.#rank(tenant);
    return had ? (asked ? 'asked' : 'background') : undefined;
  }

  /** The next key to run; undefined when nothing is ready, or nothing that is may run now. */
  take(): Turn | undefined {
    for (let tenant = this.#choose(); tenant !== undefined; tenant = this.#choose()) {
      // A second tenant may have come since this one was ranked.
      const asked = tenant.asked.size > 0;
      const key = this.#isCapped(tenant)
        ? undefined
        : (asked ? tenant.asked : tenant.background).shift();
      if (key !== undefined) {
        this.#size--;
        tenant.running++;
        this.#latest = Math.max(this.#latest, tenant.spent);
        this.#charge(tenant, 1);
      }
      this.#rank(tenant);
      if (key !== undefined) return { key, tenant: tenant.name, asked };
    }
    return undefined;
  }

  /** Ends a run that `take` began. */
  finish(name: string, ranMs: number): void {
    const tenant = this.#tenant(name);
    tenant.running--;
    this.#charge(tenant, Math.min(Math.max(ranMs / turnMs - 1, 0), maxTurnsPerRun - 1));
    this.#rank(tenant);
  }

  #tenant(name: string): Tenant {
    const known = this.#tenants.get(name);
    if (known) return known;
    const asked = new Heap<string>();
    const tenant = { name, spent: 0, keys: 0, running: 0, asked, background: new Heap<string>() };
    this.#tenants.set(name, tenant);
    return tenant;
  }

  #choose(): Tenant | undefined {
    const [asked, background] = [this.#asked.peek(), this.#background.peek()];
    if (!asked || !background) return (asked ?? background)?.item;
    return asked.rank <= background.rank + leadTurns ? asked.item : background.item;
  }

  #isCapped({ running }: Tenant): boolean {
    if (running >= this.#perTenant) return true;
    return this.#tenants.size > 1 && this.#workers > 1 && running >= this.#workers - 1;
  }

  /** Puts a tenant where its state says: among those who compete, or among the capped. */
  #rank(tenant: Tenant): void {
    const held = isWaiting(tenant) && this.#isCapped(tenant);
    if (held) this.#capped.add(tenant);
    else this.#capped.delete(tenant);
    const compete = (heap: Heap<Tenant>, ready: boolean) =>
      ready && !held ? heap.set(tenant, tenant.spent) : void heap.delete(tenant);
    compete(this.#asked, tenant.asked.size > 0);
    compete(this.#background, tenant.background.size > 0);
  }

  /** Where a tenant that comes back from idling starts. */
  #level(): number {
    const [asked, background] = [this.#asked.peek(), this.#background.peek()];
    const front = Math.min(asked?.rank ?? Infinity, background?.rank ?? Infinity);
    return front === Infinity ? this.#latest : front;
  }

  #charge(tenant: Tenant, turns: number): void {
    tenant.spent += turns / Math.max(this.#weightOf(tenant.name), 0.001);
  }
}

function isWaiting({ asked, background }: Tenant): boolean {
  return asked.size + background.size > 0;
}
