import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import type { KubeObject } from '../../kube/object.ts';
import { ObjectStore } from './object-store.ts';

type Step =
  | { write: number; ours: boolean }
  | { delete: number }
  /** The watch delivers its next events. */
  | { deliver: number }
  /** The answer to one of our writes arrives. */
  | { answer: number }
  | 'relist';

const name = fc.nat(2);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ write: name, ours: fc.boolean() }),
    fc.record({ delete: name }),
    fc.record({ deliver: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ answer: fc.nat(5) }),
    fc.constant('relist' as const),
  ),
  { maxLength: 60 },
);

/** An API server reduced to its history: what it holds, and what it has yet to tell. */
class Server {
  #version = 1;
  #uid = 0;

  get version(): string {
    return `${this.#version}`;
  }

  readonly objects = new Map<number, KubeObject>();
  readonly events: { type: 'changed' | 'removed'; object: KubeObject }[] = [];
  readonly answers: KubeObject[] = [];

  write(name: number, ours: boolean): void {
    const uid = this.objects.get(name)?.metadata.uid ?? `u${++this.#uid}`;
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `o${name}`, namespace: 'a', uid, resourceVersion: `${++this.#version}` },
    };
    this.objects.set(name, object);
    this.events.push({ type: 'changed', object });
    if (ours) this.answers.push(object);
  }

  delete(name: number): void {
    const object = this.objects.get(name);
    if (!object) return;
    this.objects.delete(name);
    const metadata = { ...object.metadata, resourceVersion: `${++this.#version}` };
    this.events.push({ type: 'removed', object: { ...object, metadata } });
  }
}

function apply(step: Step, server: Server, store: ObjectStore<KubeObject>): void {
  if (step === 'relist') {
    // A list tells all that the events before it would have.
    server.events.length = 0;
    store.reached(server.version);
    store.replace([...server.objects.values()]);
  } else if ('write' in step) server.write(step.write, step.ours);
  else if ('delete' in step) server.delete(step.delete);
  else if ('answer' in step) {
    const [object] = server.answers.splice(step.answer % Math.max(server.answers.length, 1), 1);
    if (object) store.observe(object);
  } else {
    for (const { type, object } of server.events.splice(0, step.deliver)) {
      if (type === 'changed') store.change(object);
      else store.remove(object);
    }
  }
}

const versionOf = (object: KubeObject) => Number(object.metadata.resourceVersion);

test('whatever the order of events and answers, no object goes back in time and all ends as the server has it', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const server = new Server();
      const seen = new Map<string, number>();
      const deleted = new Set<string>();
      const store = new ObjectStore<KubeObject>(createFakeClock(), ({ before, after }) => {
        const uid = (after ?? before)?.metadata.uid ?? '';
        expect(deleted.has(uid), `${uid} came back`).toBe(false);
        if (before !== undefined && after?.metadata.uid !== before.metadata.uid)
          deleted.add(before.metadata.uid ?? '');
        if (after === undefined) return;
        expect(versionOf(after)).toBeGreaterThan(seen.get(uid) ?? 0);
        seen.set(uid, versionOf(after));
      });
      for (const step of list) apply(step, server, store);
      apply({ deliver: 1000 }, server, store);
      for (const _ of list) apply({ answer: 0 }, server, store);
      const byName = (a: KubeObject, b: KubeObject) => (a.metadata.name < b.metadata.name ? -1 : 1);
      expect(store.list().sort(byName)).toEqual([...server.objects.values()].sort(byName));
    }),
    { numRuns: 2000 },
  );
});
