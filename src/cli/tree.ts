import { kinds } from '../api/kinds.ts';
import { isOfType, keyOfRef, type ObjectRef } from '../api/kustomize/inventory.ts';
import { KubeApiError } from '../kube/api-error.ts';
import { apiVersionOf, type KubeObject } from '../kube/object.ts';
import { notFound, readinessOf } from '../kube/readiness.ts';
import { onCluster, type Cluster } from './cluster/connect.ts';
import { clusterOptions, namespaceOption, timeoutOption } from './cluster/options.ts';
import { UsageError, type Command } from './command.ts';
import { inventoryOf, shorten } from './objects/facts.ts';
import { inTurns } from './objects/in-turns.ts';
import { readObject } from './objects/read.ts';
import { parseOneTarget, targetArgument, type AnyKind } from './objects/target.ts';
import { plain } from './table.ts';

/** An object and what it applied. */
export interface TreeNode {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** A word of kstatus, or Forbidden when the user may not read it. */
  status: string;
  message: string;
  children: TreeNode[];
}

/** Kustomizations that apply Kustomizations end somewhere. */
const maxDepth = 16;
const concurrentReads = 8;

/** `tenantry tree`: what an object applied, and how each of it is. */
export const treeCommand: Command = {
  name: 'tree',
  summary: 'show what an object applied and whether each of it is ready',
  details: `Examples:
  tenantry tree ks/app -n team-a
  tenantry tree ks/platform -n flux-system --compact     only objects that apply others`,
  arguments: [targetArgument('<target...>')],
  options: [
    ...clusterOptions,
    namespaceOption,
    { flag: '--compact', description: 'show only objects of ours' },
    timeoutOption('1m'),
  ],
  run: (input) => {
    const target = parseOneTarget(input.args);
    const { kind } = target;
    if (!kind.shape.inventory) throw new UsageError(`a ${kind.kind} applies nothing: see trace`);
    const isShown =
      input.options['compact'] === true
        ? (ref: ObjectRef) => kinds.some(({ type }) => isOfType(ref, type))
        : () => true;
    return onCluster(input, async (cluster) => {
      const object = await readObject(cluster, { ...target, namespace: cluster.namespace });
      return growTree(cluster, { kind, object, isShown, above: [] });
    });
  },
  print: formatTree,
};

interface Growing {
  kind: AnyKind;
  object: KubeObject;
  isShown(ref: ObjectRef): boolean;
  /** uids of what is above, so that objects that apply each other end. */
  above: readonly string[];
}

async function growTree(cluster: Cluster, growing: Growing): Promise<TreeNode> {
  const { kind, object, isShown, above } = growing;
  const refs = (inventoryOf(kind, object) ?? []).filter(isShown);
  const path = [...above, object.metadata.uid ?? ''];
  const children = await inTurns(refs, concurrentReads, (ref) =>
    growBranch(cluster, ref, { isShown, above: path }),
  );
  const { status, message } = readinessOf(object);
  const { namespace = '', name } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: kind.kind,
    namespace,
    name,
    status,
    message,
    children,
  };
}

async function growBranch(
  cluster: Cluster,
  ref: ObjectRef,
  { isShown, above }: Pick<Growing, 'isShown' | 'above'>,
): Promise<TreeNode> {
  const { kind: kindName, namespace, name } = ref;
  const apiVersion = apiVersionOf(ref);
  const leaf = { apiVersion, kind: kindName, namespace, name, children: [] };
  const object = await readRef(cluster, ref);
  if (typeof object === 'string') return { ...leaf, status: object, message: '' };
  const kind = kinds.find(({ type }) => isOfType(ref, type));
  const isNew = !above.includes(object.metadata.uid ?? '') && above.length < maxDepth;
  if (kind?.shape.inventory && isNew) return growTree(cluster, { kind, object, isShown, above });
  const { status, message } = readinessOf(object);
  return { ...leaf, status, message };
}

/** The object, or why it cannot be shown. */
async function readRef({ client, signal }: Cluster, ref: ObjectRef): Promise<KubeObject | string> {
  const type = await client.discovery.resourceFor(apiVersionOf(ref), ref.kind, { signal });
  if (!type) return notFound.status;
  try {
    return await client.get(type, keyOfRef(ref), { signal });
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.code === 404) return notFound.status;
    if (error.code === 403) return 'Forbidden';
    throw error;
  }
}

/** `Deployment/apps/web Current`; what is not as it should be says why. */
export function formatTree(root: TreeNode): string {
  return [labelOf(root), ...branches(root.children, '')].join('\n');
}

function branches(nodes: readonly TreeNode[], indent: string): string[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const line = `${indent}${isLast ? '└── ' : '├── '}${labelOf(node)}`;
    return [line, ...branches(node.children, `${indent}${isLast ? '    ' : '│   '}`)];
  });
}

function labelOf({ kind, namespace, name, status, message }: TreeNode): string {
  const title = [kind, ...(namespace === '' ? [] : [namespace]), name].join('/');
  const why = status === 'Current' || message === '' ? '' : `: ${shorten(plain(message))}`;
  return `${title} ${status}${why}`;
}
