import type { Clock } from '../../base/clock.ts';
import { maxDurationMs } from '../../base/duration.ts';
import type { Backoff } from './backoff.ts';
import { Heap } from './heap.ts';
import { Lanes, type Lane, type LanesOptions } from './lanes.ts';
import type { Turn } from './turns.ts';

/** When a key runs again after a run. */
export type Next =
  | { when: 'now' }
  /** `asked`: somebody waits for it by then. */
  | { when: 'after'; ms: number; asked?: boolean }
  /** After the key's exponential back-off. */
  | { when: 'backoff' }
  /** Only when it is added again. */
  | { when: 'change' };

/** What a run is told about why it runs. */
export interface Work {
  /** Somebody asked for it, as opposed to an interval, a retry or a tracked object. */
  asked: boolean;
  /** Runs in a row that ended in back-off. */
  failures: number;
}

export interface FairQueueOptions extends LanesOptions {
  tenantOf: (key: string) => string;
  clock: Clock;
  backoff: Backoff;
}

export interface AddOptions {
  /** Asked-for work goes first. */
  asked?: boolean;
  /** Not before then; of several delays the shortest counts. */
  afterMs?: number;
}

/**
 * The work queue of one controller.
 *
 * Guarantees: a key that was added runs after it was added, unless it is removed; a key never
 * runs twice at once; added while it runs, it runs once more; adding any number of times before
 * it runs is one run; tenants share as {@link Turns} says; keys aside never keep others from a
 * worker; nothing is kept of a key that is neither waiting nor running. Every operation is O(log n).
 */
export interface FairQueue {
  add(key: string, options?: AddOptions): void;
  /** Forgets the key and its back-off; a run under way ends without being followed by another. */
  remove(key: string): void;
  /** Starts the workers. A run that throws counts as back-off. */
  start(run: (key: string, work: Work) => Promise<Next>): void;
  /** Starts no more runs; resolves when those under way have ended. */
  stop(): Promise<void>;
  /** Keys ready to run. */
  readonly depth: number;
  /** Runs under way. */
  readonly active: number;
  /** Keys held in any state: ready, delayed or running. */
  readonly size: number;
}

interface Item {
  key: string;
  tenant: string;
  lane: Lane;
  failures: number;
  running: boolean;
  /** Added while running: runs again at once. */
  again: 'asked' | 'background' | undefined;
  /** Priority of the delayed add, if there is one. */
  delayed: 'asked' | 'background' | undefined;
  removed: boolean;
}

class Queue implements FairQueue {
  readonly #options: FairQueueOptions;
  readonly #items = new Map<string, Item>();
  readonly #delayed = new Heap<Item>();
  readonly #lanes: Lanes;
  #run: ((key: string, work: Work) => Promise<Next>) | undefined;
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;
  readonly #onIdle: (() => void)[] = [];

  constructor(options: FairQueueOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options);
  }

  get depth(): number {
    return this.#lanes.depth;
  }

  get active(): number {
    return this.#lanes.active;
  }

  get size(): number {
    return this.#items.size;
  }

  add(key: string, { asked = false, afterMs = 0 }: AddOptions = {}): void {
    const item = this.#item(key);
    item.removed = false;
    if (afterMs > 0) this.#delay(item, afterMs, asked);
    else this.#ready(item, asked);
    this.#pump();
  }

  remove(key: string): void {
    const item = this.#items.get(key);
    if (!item) return;
    item.removed = true;
    item.failures = 0;
    item.again = undefined;
    this.#undelay(item);
    item.lane.turns.drop(item.tenant, key);
    this.#dropIfIdle(item);
    // The tenant left alone may use every worker.
    this.#pump();
  }

  start(run: (key: string, work: Work) => Promise<Next>): void {
    this.#run = run;
    this.#pump();
  }

  stop(): Promise<void> {
    this.#run = undefined;
    this.#cancelTimer?.();
    this.#timerAt = Infinity;
    return new Promise((resolve) => {
      if (this.active === 0) resolve();
      else this.#onIdle.push(resolve);
    });
  }

  #item(key: string): Item {
    const known = this.#items.get(key);
    if (known) return known;
    const item: Item = {
      key,
      tenant: this.#options.tenantOf(key),
      lane: this.#lanes.of(key),
      failures: 0,
      running: false,
      again: undefined,
      delayed: undefined,
      removed: false,
    };
    this.#items.set(key, item);
    item.lane.turns.enter(item.tenant);
    return item;
  }

  /** Puts a key that does not run where it belongs by now, with the turn it had. */
  #assign(item: Item): void {
    const lane = this.#lanes.of(item.key);
    if (lane === item.lane) return;
    const had = item.lane.turns.drop(item.tenant, item.key);
    item.lane.turns.leave(item.tenant);
    item.lane = lane;
    lane.turns.enter(item.tenant);
    if (had) lane.turns.push(item.tenant, item.key, had === 'asked');
  }

  #ready(item: Item, asked: boolean): void {
    const wanted = asked || item.delayed === 'asked';
    // The run to come decides when the next one is due.
    this.#undelay(item);
    if (!item.running) {
      this.#assign(item);
      item.lane.turns.push(item.tenant, item.key, wanted);
    } else if (item.again !== 'asked') item.again = wanted ? 'asked' : 'background';
  }

  #delay(item: Item, afterMs: number, asked: boolean): void {
    if (item.again !== undefined || item.lane.turns.has(item.tenant, item.key)) return;
    const ms = Number.isFinite(afterMs) ? Math.min(afterMs, maxDurationMs) : maxDurationMs;
    const due = this.#options.clock.now() + ms;
    const present = this.#delayed.rankOf(item) ?? Infinity;
    this.#delayed.set(item, Math.min(due, present));
    item.delayed = asked || item.delayed === 'asked' ? 'asked' : 'background';
  }

  #undelay(item: Item): void {
    this.#delayed.delete(item);
    item.delayed = undefined;
  }

  /** Moves what is due to ready, starts what may run, and sets the timer for what is due next. */
  #pump(): void {
    if (!this.#run) return;
    const now = this.#options.clock.now();
    for (let first = this.#delayed.peek(); first && first.rank <= now;) {
      this.#ready(first.item, first.item.delayed === 'asked');
      first = this.#delayed.peek();
    }
    for (const lane of this.#lanes.all) this.#fill(lane, this.#run);
    this.#arm();
  }

  #fill(lane: Lane, run: (key: string, work: Work) => Promise<Next>): void {
    while (lane.active < lane.workers) {
      const turn = lane.turns.take();
      if (!turn) return;
      this.#begin(turn, run);
    }
  }

  #arm(): void {
    const due = this.#delayed.peek()?.rank ?? Infinity;
    if (due === this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = due;
    this.#cancelTimer =
      due === Infinity
        ? undefined
        : this.#options.clock.after(due - this.#options.clock.now(), () => {
            this.#timerAt = Infinity;
            this.#pump();
          });
  }

  #begin({ key, asked }: Turn, run: (key: string, work: Work) => Promise<Next>): void {
    const item = this.#item(key);
    item.running = true;
    this.#undelay(item);
    item.lane.active++;
    const began = this.#options.clock.now();
    // Started in a microtask: a run that adds keys must not re-enter the loop that started it.
    void Promise.resolve()
      .then(() => run(key, { asked, failures: item.failures }))
      .catch((): Next => ({ when: 'backoff' }))
      .then((next) => {
        if (next.when === 'now' && !item.removed) item.again ??= asked ? 'asked' : 'background';
        this.#end(item, next, this.#options.clock.now() - began);
      });
  }

  #end(item: Item, next: Next, ranMs: number): void {
    item.lane.active--;
    item.running = false;
    item.lane.turns.finish(item.tenant, ranMs);
    if (!item.removed) this.#follow(item, next);
    this.#dropIfIdle(item);
    this.#pump();
    if (this.active === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #follow(item: Item, next: Next): void {
    if (next.when === 'backoff') item.failures++;
    else if (next.when !== 'now') item.failures = 0;
    if (item.again !== undefined) {
      const asked = item.again === 'asked';
      item.again = undefined;
      this.#ready(item, asked);
    } else if (next.when === 'after' || next.when === 'backoff') {
      const ms = next.when === 'after' ? next.ms : this.#options.backoff(item.failures);
      const asked = next.when === 'after' && next.asked === true;
      this.#delay(item, Math.max(ms, 1), asked);
    }
  }

  #dropIfIdle(item: Item): void {
    const { turns } = item.lane;
    const held = item.running || this.#delayed.has(item) || turns.has(item.tenant, item.key);
    if (held) return;
    this.#items.delete(item.key);
    turns.leave(item.tenant);
  }
}

export function createFairQueue(options: FairQueueOptions): FairQueue {
  return new Queue(options);
}
