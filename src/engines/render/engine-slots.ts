import type { Clock } from '../../base/clock.ts';
import { startEngine, type EngineOptions, type EngineProcess } from './engine-process.ts';

/** What became of a process: a `lost` one was killed or crashed, a `stopped` one had no work. */
export type ProcessChange = 'started' | 'stopped' | 'lost';

/** How many processes there may be, and for how long without work. */
export interface SlotOptions extends EngineOptions {
  size: number;
  idleMs: number;
  clock: Clock;
  onChange: (change: ProcessChange) => void;
  /** A place became free by itself. */
  onRoom: () => void;
}

/** A place for a process. */
export interface Slot {
  /** Rejects with `engine-unavailable`. */
  readonly engine: Promise<EngineProcess>;
}

/** The processes of a pool: started when needed and ahead, replaced when lost, stopped when idle. */
export interface EngineSlots {
  /** Whether {@link take} would find a slot. */
  hasRoom(): boolean;
  /** A free slot, preferably the one last taken with the same affinity; else a new one. */
  take(affinity: string | undefined): Slot;
  /** Gives a slot back. A process that is no more, or demoted, is replaced at once. */
  release(slot: Slot): void;
  /** Stops all processes; none is started afterwards. */
  stop(): Promise<void>;
}

interface Place extends Slot {
  process: EngineProcess | undefined;
  busy: boolean;
  stopping: boolean;
  affinity: string | undefined;
  cancelIdle: () => void;
}

/** Slots for up to `size` processes, the first of which is started ahead. */
export function createEngineSlots(options: SlotOptions): EngineSlots {
  return new Slots(options);
}

class Slots implements EngineSlots {
  readonly #options: SlotOptions;
  readonly #places = new Set<Place>();
  #stopped = false;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#add();
  }

  hasRoom(): boolean {
    return this.#places.size < this.#options.size || this.#free() !== undefined;
  }

  take(affinity: string | undefined): Slot {
    const place = this.#free(affinity) ?? this.#add();
    place.cancelIdle();
    place.busy = true;
    // A job without a preference leaves what the process holds as it is.
    place.affinity = affinity ?? place.affinity;
    return place;
  }

  release(slot: Slot): void {
    const place = slot as Place;
    if (place.process?.alive && !place.process.isDemoted) return this.#rest(place);
    this.#places.delete(place);
    if (place.process?.alive) void this.#end(place);
    // Only a process that did start is replaced ahead: a broken binary is not tried in a loop.
    if (place.process && !this.#stopped) this.#add();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const places = [...this.#places];
    this.#places.clear();
    await Promise.allSettled(places.map((place) => this.#end(place)));
  }

  async #end(place: Place): Promise<void> {
    place.stopping = true;
    place.cancelIdle();
    await (await place.engine).stop();
  }

  #add(): Place {
    const place: Place = {
      engine: startEngine(this.#options),
      process: undefined,
      busy: false,
      stopping: false,
      affinity: undefined,
      cancelIdle: () => {},
    };
    this.#places.add(place);
    void place.engine.then(
      (process) => this.#settleIn(place, process),
      () => this.#leave(place),
    );
    return place;
  }

  #settleIn(place: Place, process: EngineProcess): void {
    place.process = process;
    this.#options.onChange('started');
    if (!place.busy) this.#rest(place);
    void process.ended.then(() => {
      this.#options.onChange(place.stopping ? 'stopped' : 'lost');
      if (!place.busy) this.#leave(place);
    });
  }

  #leave(place: Place): void {
    place.cancelIdle();
    if (this.#places.delete(place)) this.#options.onRoom();
  }

  /** One process stays for the next request; the others end when nothing asks for them. */
  #rest(place: Place): void {
    place.busy = false;
    place.cancelIdle = this.#options.clock.after(this.#options.idleMs, () => {
      if (this.#places.size === 1) return;
      this.#leave(place);
      void this.#end(place);
    });
  }

  #free(affinity?: string): Place | undefined {
    const idle = [...this.#places].filter(({ busy }) => !busy);
    // The oldest first, so that the newer ones come to rest.
    return idle.find((place) => affinity !== undefined && place.affinity === affinity) ?? idle[0];
  }
}
