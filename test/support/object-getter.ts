import { isNotFound } from '../../src/kube/api-error.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { findResource } from '../../src/kube/resource-names.ts';

/** An object, or a list of objects. */
export type Found = KubeObject & { items?: KubeObject[] };

/** Reads by the words of `kubectl get`: `('-n', 'oil', 'pods')`, `('tenant', 'oil')`. */
export type Get = (...words: string[]) => Promise<Found>;

interface Wanted {
  /** One, or several with commas between them. */
  kind: string;
  name?: string | undefined;
  namespace?: string;
  selector?: string;
}

/**
 * Gets objects as `kubectl get … -o json` does, without a process for each: a test that waits gets
 * many times what it waits for.
 */
export function objectGetter(client: KubeClient): Get {
  const known = new Map<string, ResourceType>();
  async function typeOf(kind: string): Promise<ResourceType> {
    const type = known.get(kind) ?? (await findResource(client, kind));
    if (!type) throw new Error(`the cluster has no ${kind}`);
    known.set(kind, type);
    return type;
  }
  return async (...words) => {
    const { kind, name, namespace, selector } = parse(words);
    if (name !== undefined) {
      const type = await typeOf(kind);
      return client.get(type, {
        name,
        ...(type.namespaced && { namespace: namespace ?? 'default' }),
      });
    }
    const types = await Promise.all(kind.split(',').map(typeOf));
    const lists = types.map((type) =>
      client.list(type, {
        ...(type.namespaced && namespace !== undefined && { namespace }),
        ...(selector !== undefined && { labelSelector: selector }),
      }),
    );
    const items = (await Promise.all(lists)).flatMap((list) => list.items);
    return { apiVersion: 'v1', kind: 'List', metadata: { name: '' }, items };
  };
}

function parse(words: readonly string[]): Wanted {
  const wanted: Partial<Wanted> = { namespace: 'default' };
  const names: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-A') delete wanted.namespace;
    else if (word === '-n') wanted.namespace = words[++at] ?? '';
    else if (word === '-l') wanted.selector = words[++at] ?? '';
    else if (word.startsWith('-')) throw new Error(`${word} is for kubectl itself`);
    else names.push(word);
  }
  const [kind = '', name] = names;
  return { ...wanted, kind, name };
}

/** Whether there is no such object. */
export function isMissing(getting: Promise<Found>): Promise<boolean> {
  return getting.then(
    () => false,
    (error: unknown) => {
      if (isNotFound(error)) return true;
      throw error;
    },
  );
}
