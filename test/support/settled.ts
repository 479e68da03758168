import { expect } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import {
  formatKey,
  type Condition,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../src/kube/object.ts';
import { eventually } from './eventually.ts';
import { violatedInvariants } from './invariants.ts';

/** What both kinds of ours say in their status. */
export interface WithStatus extends KubeObject {
  status?: {
    observedGeneration?: number;
    conditions?: Condition[];
    artifact?: { revision: string; digest: string; path: string; url: string };
    lastAppliedRevision?: string;
    lastAttemptedRevision?: string;
    lastHandledReconcileAt?: string;
    inventory?: { entries: { id: string; v: string }[] };
  };
}

/** What is waited for; all that is given must hold in one and the same version of the object. */
export interface Expected {
  ready: 'True' | 'False';
  reason?: string;
  message?: RegExp;
  /** Of the artifact, or what was applied. */
  revision?: string;
  /** Conditions that must be True. */
  has?: readonly string[];
  /** Conditions that must be absent. */
  lacks?: readonly string[];
  withinSeconds?: number;
}

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return (object as WithStatus).status?.conditions?.find((condition) => condition.type === type);
}

/**
 * Waits until the object says what is expected of its current generation, and checks that its
 * status is sound. Fails with what it said last.
 */
export async function settled(
  client: KubeClient,
  type: ResourceType,
  key: ObjectKey,
  expected: Expected,
): Promise<WithStatus> {
  const name = `${type.kind} ${formatKey(key)}`;
  const object = await eventually(
    `${name} is as expected`,
    async () => {
      const found = await client.get<WithStatus>(type, key);
      const wrong = differences(found, expected);
      if (wrong.length === 0) return found;
      throw new Error(`${wrong.join(', ')} in ${JSON.stringify(found.status)}`);
    },
    expected.withinSeconds,
  );
  expect([name, violatedInvariants(object)]).toEqual([name, []]);
  return object;
}

/** What is not as expected, in words. */
function differences(object: WithStatus, expected: Expected): string[] {
  const { reason, message = /^/, revision, has = [], lacks = [] } = expected;
  const ready: Partial<Condition> = conditionOf(object, 'Ready') ?? {};
  const { artifact, lastAppliedRevision: at = artifact?.revision } = object.status ?? {};
  const isTrue = (type: string) => conditionOf(object, type)?.status === 'True';
  const isAbsent = (type: string) => conditionOf(object, type) === undefined;
  const checks: [boolean, string][] = [
    [ready.status === expected.ready, `Ready is not ${expected.ready}`],
    [ready.observedGeneration === object.metadata.generation, 'Ready is of another generation'],
    [(reason ?? ready.reason) === ready.reason, `the reason is not ${reason}`],
    [message.test(ready.message ?? ''), `the message is not like ${message}`],
    [(revision ?? at) === at, `the revision is not ${revision}`],
    ...has.map((type): [boolean, string] => [isTrue(type), `${type} is not True`]),
    ...lacks.map((type): [boolean, string] => [isAbsent(type), `${type} is there`]),
  ];
  return checks.filter(([holds]) => !holds).map(([, says]) => says);
}
