import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';

type Step = { set: number; rank: number } | { delete: number } | 'shift';

const steps = fc.array(
  fc.oneof(
    fc.record({ set: fc.nat(20), rank: fc.nat(10) }),
    fc.record({ delete: fc.nat(20) }),
    fc.constant('shift' as const),
  ),
  { maxLength: 200 },
);

/** The same, as a list sorted on demand. */
class ListModel {
  #order = 0;
  entries: { item: number; rank: number; order: number }[] = [];

  #sort() {
    this.entries.sort((a, b) => a.rank - b.rank || a.order - b.order);
  }

  apply(step: Step): number | undefined {
    if (step === 'shift') return this.entries.shift()?.item;
    const index = this.entries.findIndex(
      ({ item }) => item === ('set' in step ? step.set : step.delete),
    );
    if ('set' in step) {
      if (this.entries[index]?.rank === step.rank) return undefined;
      if (index >= 0) this.entries.splice(index, 1);
      this.entries.push({ item: step.set, rank: step.rank, order: this.#order++ });
    } else if (index >= 0) this.entries.splice(index, 1);
    this.#sort();
    return undefined;
  }
}

function apply(heap: Heap<number>, step: Step): number | undefined {
  if (step === 'shift') return heap.shift();
  if ('set' in step) heap.set(step.set, step.rank);
  else heap.delete(step.delete);
  return undefined;
}

test('a heap answers as a sorted list does, equals in the order they came', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const [heap, model] = [new Heap<number>(), new ListModel()];
      for (const step of list) {
        expect(apply(heap, step)).toBe(model.apply(step));
        expect(heap.size).toBe(model.entries.length);
        expect(heap.peek()?.item).toBe(model.entries[0]?.item);
        for (const { item, rank } of model.entries) expect(heap.rankOf(item)).toBe(rank);
      }
    }),
  );
});
