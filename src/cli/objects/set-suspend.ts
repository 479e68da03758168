import type { KubeObject } from '../../kube/object.ts';
import type { Cluster } from '../cluster/connect.ts';
import { UsageError, type CommandInput } from '../command.ts';
import { fieldManager } from './field-manager.ts';
import { listObjects, readObject } from './read.ts';
import { parseNamedTargets, parseTargets, type NamedTarget } from './target.ts';

/** For commands that take names or `--all`. */
export const allOption = { flag: '--all', description: 'all objects of the kind in the namespace' };

/** The named objects, or with `--all` those of the kinds that are there. */
export async function suspendTargets(
  cluster: Cluster,
  { args, options }: Pick<CommandInput, 'args' | 'options'>,
): Promise<NamedTarget[]> {
  if (options['all'] !== true) return parseNamedTargets(args);
  const targets = parseTargets(args);
  if (targets.some(({ name }) => name !== undefined)) {
    throw new UsageError('name objects, or say --all, but not both');
  }
  const found = await Promise.all(
    targets.map(async ({ kind }) => {
      const objects = await listObjects(cluster, kind, cluster.namespace);
      return objects.map(({ metadata }) => ({ kind, name: metadata.name }));
    }),
  );
  return found.flat();
}

/** Sets `spec.suspend`, if it is not so already; resolves with the object. */
export async function setSuspend(
  cluster: Cluster,
  target: NamedTarget,
  suspend: boolean,
): Promise<KubeObject> {
  const { client, namespace, signal } = cluster;
  const { kind, name } = target;
  // An object that does not exist is told in our words.
  await readObject(cluster, { ...target, namespace });
  const patch = { type: 'merge', body: { spec: { suspend } } } as const;
  return client.patch(kind.type, { namespace, name }, patch, { fieldManager, signal });
}
