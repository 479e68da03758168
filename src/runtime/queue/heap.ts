interface Entry<T> {
  item: T;
  rank: number;
  /** Breaks ties, so that equals leave in the order they came. */
  order: number;
}

/** A priority queue whose items can be re-ranked and removed: every operation is O(log n). */
export class Heap<T> {
  readonly #entries: Entry<T>[] = [];
  readonly #position = new Map<T, number>();
  #order = 0;

  get size(): number {
    return this.#entries.length;
  }

  has(item: T): boolean {
    return this.#position.has(item);
  }

  rankOf(item: T): number | undefined {
    const index = this.#position.get(item);
    return index === undefined ? undefined : this.#entries[index]?.rank;
  }

  /** The item of the lowest rank. */
  peek(): { readonly item: T; readonly rank: number } | undefined {
    return this.#entries[0];
  }

  /** Adds `item`, or moves it to another rank; an unchanged rank keeps its place among equals. */
  set(item: T, rank: number): void {
    const index = this.#position.get(item);
    if (this.rankOf(item) === rank) return;
    this.#settle({ item, rank, order: this.#order++ }, index ?? this.#entries.length);
  }

  delete(item: T): boolean {
    const index = this.#position.get(item);
    if (index === undefined) return false;
    this.#position.delete(item);
    const last = this.#entries.pop();
    if (last !== undefined && index < this.#entries.length) this.#settle(last, index);
    return true;
  }

  /** Removes and returns the item of the lowest rank. */
  shift(): T | undefined {
    const first = this.#entries[0];
    if (first === undefined) return undefined;
    this.delete(first.item);
    return first.item;
  }

  /** Moves the entry that belongs near `start` up, then down, to where the order holds. */
  #settle(entry: Entry<T>, start: number): void {
    let index = start;
    for (;;) {
      const above = (index - 1) >> 1;
      const parent = index > 0 ? this.#entries[above] : undefined;
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#place(parent, index);
      index = above;
    }
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [this.#entries[left], this.#entries[left + 1]];
      if (a === undefined) break;
      const [child, at]: [Entry<T>, number] =
        b !== undefined && isBefore(b, a) ? [b, left + 1] : [a, left];
      if (!isBefore(child, entry)) break;
      this.#place(child, index);
      index = at;
    }
    this.#place(entry, index);
  }

  #place(entry: Entry<T>, index: number): void {
    this.#entries[index] = entry;
    this.#position.set(entry.item, index);
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.order < b.order);
}
