import { Turns } from './turns.ts';

/** Workers, and whose turn it is to have one. */
export interface Lane {
  turns: Turns;
  workers: number;
  active: number;
}

export interface LanesOptions {
  /** Runs at the same time. */
  workers: number;
  /** Keys that have workers of their own, because what they wait for may never answer. */
  aside?: AsideOptions | undefined;
  weightOf?: ((tenant: string) => number) | undefined;
}

export interface AsideOptions {
  /** Asked each time the key becomes ready. */
  isAside: (key: string) => boolean;
  workers: number;
  /** Of these, one tenant has at most so many. */
  perTenant: number;
}

/** The workers of a queue: those for all keys, and those for keys aside if there may be such. */
export class Lanes {
  /** In the order in which they are filled. */
  readonly all: readonly Lane[];
  readonly #main: Lane;
  readonly #aside: (AsideOptions & { lane: Lane }) | undefined;

  constructor({ workers, aside, weightOf }: LanesOptions) {
    const lane = (count: number, perTenant?: number): Lane => {
      const turns = new Turns({ workers: count, perTenant, weightOf });
      return { turns, workers: count, active: 0 };
    };
    this.#main = lane(workers);
    this.#aside = aside && { ...aside, lane: lane(aside.workers, aside.perTenant) };
    this.all = this.#aside ? [this.#main, this.#aside.lane] : [this.#main];
  }

  /** Where a key belongs by now. */
  of(key: string): Lane {
    return this.#aside?.isAside(key) ? this.#aside.lane : this.#main;
  }

  /** Keys ready to run. */
  get depth(): number {
    return this.all.reduce((sum, { turns }) => sum + turns.size, 0);
  }

  /** Runs under way. */
  get active(): number {
    return this.all.reduce((sum, { active }) => sum + active, 0);
  }
}
