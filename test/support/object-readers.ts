import { expect } from 'vitest';
import { requestedAtAnnotation } from '../../src/api/annotations.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import type { Condition, KubeObject, ResourceType } from '../../src/kube/object.ts';
import type { RunEvent } from '../../src/runtime/run.ts';
import { freshName } from './cluster.ts';
import { eventually } from './eventually.ts';
import { violatedInvariants } from './invariants.ts';

/** An object of a kind of ours as the API server has it. */
export interface LiveObject extends KubeObject {
  status?: { conditions?: Condition[] | undefined; lastHandledReconcileAt?: string | undefined };
}

/** An event that a harness has seen, and the `namespace/name` it is about. */
export interface SeenEvent extends RunEvent {
  about: string;
}

/** How tests of a controller look at its objects; every look that succeeds checks the whole status. */
export interface ObjectReaders<T extends LiveObject> {
  get(namespace: string, name: string): Promise<T>;
  /** Resolves when `holds` is true of the object, whose status is then checked as a whole. */
  until(namespace: string, name: string, holds: (object: T) => boolean): Promise<T>;
  /** Until Ready=True for the generation, at the revision if one is given. */
  ready(namespace: string, name: string, revision?: string): Promise<T>;
  /** Until Ready=False with that reason, for the generation. */
  failed(namespace: string, name: string, reason: string): Promise<T>;
  /** Asks for a run and waits until it was answered. */
  request(namespace: string, name: string): Promise<T>;
}

export interface ObjectReadersOptions<T> {
  admin: OwnClient;
  type: ResourceType;
  /** No run is under way: a run tells its events a moment after its status can be read. */
  isIdle(): boolean;
  revisionOf(object: T): string | undefined;
}

export function objectReaders<T extends LiveObject>(
  options: ObjectReadersOptions<T>,
): ObjectReaders<T> {
  const { admin, type, isIdle, revisionOf } = options;
  const get = (namespace: string, name: string) => admin.get<T>(type, { namespace, name });
  const until: ObjectReaders<T>['until'] = async (namespace, name, holds) => {
    let last: T | undefined;
    try {
      return await eventually(`${namespace}/${name}: ${holds.toString()}`, async () => {
        last = await get(namespace, name);
        if (!holds(last) || !isIdle()) return undefined;
        expect(violatedInvariants(last)).toEqual([]);
        return last;
      });
    } catch (error) {
      throw new Error(`last status: ${JSON.stringify(last?.status, undefined, 1)}`, {
        cause: error,
      });
    }
  };
  return {
    get,
    until,
    ready: (namespace, name, revision) =>
      until(namespace, name, (object) => {
        const isAt = revision === undefined || revisionOf(object) === revision;
        return currentReady(object)?.status === 'True' && isAt;
      }),
    failed: (namespace, name, reason) =>
      until(namespace, name, (object) => {
        const ready = currentReady(object);
        return ready?.status === 'False' && ready.reason === reason;
      }),
    async request(namespace, name) {
      const token = freshName('token');
      const body = { metadata: { annotations: { [requestedAtAnnotation]: token } } };
      await admin.patch(type, { namespace, name }, { type: 'merge', body });
      return until(namespace, name, ({ status }) => status?.lastHandledReconcileAt === token);
    },
  };
}

export function conditionOf(object: LiveObject, type: string): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

/** The Ready condition, if it is about the object as it is now. */
function currentReady(object: LiveObject): Condition | undefined {
  const ready = conditionOf(object, 'Ready');
  return ready?.observedGeneration === object.metadata.generation ? ready : undefined;
}
