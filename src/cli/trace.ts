import { findKind, kinds } from '../api/kinds.ts';
import { isForbidden, isNotFound } from '../kube/api-error.ts';
import { textAt } from '../kube/readiness/readiness-facts.ts';
import type { KubeObject } from '../kube/object.ts';
import { originRevisionAnnotation, originSourceAnnotation } from '../api/annotations.ts';
import { onCluster, type Cluster } from './cluster/connect.ts';
import { clusterOptions, namespaceOption, timeoutOption } from './cluster/options.ts';
import { UsageError, type Command } from './command.ts';
import { conditionOf, revisionOf, shorten, sourceOf } from './objects/facts.ts';
import { ownerOf, readNamed } from './objects/owner.ts';
import type { AnyKind } from './objects/target.ts';
import { plain } from './table.ts';

/** One step on the way from an object to its commit: labels and what they say. */
export interface TraceStep {
  kind: string;
  namespace: string;
  name: string;
  facts: Record<string, string>;
}

/** An object, what applied it, what applied that, and where the content comes from. */
export interface Trace {
  object: TraceStep;
  /** Innermost first. */
  appliedBy: TraceStep[];
  source?: TraceStep;
}

const maxSteps = 16;

/** `tenantry trace`: from an object in the cluster to the commit it comes from. */
export const traceCommand: Command = {
  name: 'trace',
  summary: 'show which object, source and commit an object comes from',
  details: `Examples:
  tenantry trace deploy/web -n team-a
  tenantry trace pod web-5d9c7b6f4-x2x7k -n team-a     by way of its owners
  tenantry trace ks/app -n team-a`,
  arguments: [{ name: '<object...>', description: 'any object: KIND/NAME or KIND NAME' }],
  options: [...clusterOptions, namespaceOption, timeoutOption('1m')],
  run: (input) => {
    const [kind = '', name = '', ...more] =
      input.args.length === 1 ? (input.args[0] ?? '').split('/') : input.args;
    if (kind === '' || name === '' || more.length > 0) {
      throw new UsageError('name one object: deploy/web, or deploy web');
    }
    return onCluster(input, (cluster) => trace(cluster, kind, name));
  },
  print: formatTrace,
};

async function trace(cluster: Cluster, word: string, name: string): Promise<Trace> {
  const object = await readNamed(cluster, word, name);
  const appliedBy: TraceStep[] = [];
  let applier = applierItself(object) ?? (await ownerOf(cluster, object));
  let nearest: { kind: AnyKind; object: KubeObject } | undefined;
  while (applier && appliedBy.length < maxSteps) {
    appliedBy.push(stepOf(applier.kind, applier.object));
    nearest ??= applier;
    applier = await ownerOf(cluster, applier.object);
  }
  const source = nearest && (await sourceStep(cluster, nearest));
  const { namespace = '' } = object.metadata;
  return {
    object: { kind: object.kind, namespace, name: object.metadata.name, facts: {} },
    appliedBy,
    ...(source ? { source } : {}),
  };
}

/** A Kustomization has a source of its own, whoever applied it. */
function applierItself(object: KubeObject) {
  const kind = kinds.find(
    ({ type }) => object.kind === type.kind && object.apiVersion.startsWith(`${type.group}/`),
  );
  return kind?.shape.source ? { kind, object } : undefined;
}

function stepOf(kind: AnyKind, object: KubeObject): TraceStep {
  const { namespace = '', name } = object.metadata;
  const ready = conditionOf(object, 'Ready');
  const facts = {
    Path: textAt(object, 'spec', 'path'),
    Account: textAt(object, 'spec', 'serviceAccountName'),
    URL: textAt(object, 'spec', 'url'),
    Revision: revisionOf(kind, object),
    ...originOf(object),
    Ready: ready?.status ?? 'False',
    Message: ready?.message ?? 'waiting to be reconciled',
  };
  return { kind: kind.kind, namespace, name, facts: withoutEmpty(facts) };
}

/** What an artifact says of where its own content comes from. */
function originOf(object: KubeObject): Record<string, string> {
  const metadata = (key: string) => textAt(object, 'status', 'artifact', 'metadata', key);
  return {
    'Origin source': metadata(originSourceAnnotation),
    'Origin revision': metadata(originRevisionAnnotation),
  };
}

async function sourceStep(
  { client, signal }: Cluster,
  { kind, object }: { kind: AnyKind; object: KubeObject },
): Promise<TraceStep | undefined> {
  const ref = sourceOf(kind, object);
  if (!ref) return undefined;
  const { namespace, name } = ref;
  const unseen = (Note: string) => ({ ...ref, facts: { Note } });
  const sourceKind = findKind(ref.kind);
  if (!sourceKind) return unseen(`sources of kind ${ref.kind} are not known`);
  try {
    const source = await client.get(sourceKind.type, { namespace, name }, { signal });
    return stepOf(sourceKind, source);
  } catch (error) {
    if (isNotFound(error)) return unseen('it does not exist');
    if (isForbidden(error)) return unseen(`you may not read it in namespace '${namespace}'`);
    throw error;
  }
}

function withoutEmpty(facts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ''));
}

/** A block for each step, from the object to the source. */
export function formatTrace({ object, appliedBy, source }: Trace): string {
  const nobody = 'No object of ours applied it: it has no labels of one, nor have its owners.';
  const blocks = [
    object,
    ...appliedBy.filter((step) => !isSame(step, object)),
    ...(source ? [source] : []),
  ];
  const text = blocks.map((step) => formatStep(step, appliedBy)).join('\n---\n');
  return appliedBy.length === 0 ? `${text}\n---\n${nobody}` : text;
}

const isSame = (one: TraceStep, other: TraceStep) =>
  one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;

function formatStep(step: TraceStep, appliedBy: readonly TraceStep[]): string {
  const full = appliedBy.find((other) => isSame(step, other)) ?? step;
  const { kind, namespace, name, facts } = full;
  const lines = { [kind]: name, ...(namespace === '' ? {} : { Namespace: namespace }), ...facts };
  const width = Math.max(16, ...Object.keys(lines).map((key) => key.length + 2));
  return Object.entries(lines)
    .map(
      ([key, value]) =>
        `${`${key}:`.padEnd(width)}${key === 'Message' ? shorten(plain(value)) : plain(value)}`,
    )
    .join('\n');
}
