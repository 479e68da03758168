import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { parseYamlDocuments } from '../../src/base/yaml.ts';
import { isNotFound } from '../../src/kube/api-error.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import type { Condition, KubeObject, ObjectKey, ResourceType } from '../../src/kube/object.ts';
import type { GitServer } from '../../test/support/git-server.ts';
import type { EstateProxy } from '../../test/support/estate-proxy.ts';
import type { Report } from './report.ts';

/** What every scenario acts on. */
export interface World {
  /** The platform admin. */
  admin: OwnClient;
  git: GitServer;
  /** How tenants reach the cluster. */
  proxy: EstateProxy;
  /** Name of the fleet repository on the Git server. */
  repository: string;
  report: Report;
  signal: AbortSignal;
}

export const types = {
  gitRepository: GitRepository.type,
  kustomization: Kustomization.type,
  deployment: builtin('apps', 'Deployment', 'deployments'),
  service: builtin('', 'Service', 'services'),
  configMap: builtin('', 'ConfigMap', 'configmaps'),
  namespace: { ...builtin('', 'Namespace', 'namespaces'), namespaced: false },
} as const;

function builtin(group: string, kind: string, plural: string): ResourceType {
  return { group, version: 'v1', kind, plural, namespaced: true };
}

const manifests = path.resolve(import.meta.dirname, '../manifests');

/** The objects of a file in examples/manifests, with `${NAME}` replaced. */
export function readManifest(file: string, values: Record<string, string> = {}): KubeObject[] {
  const text = readFileSync(path.join(manifests, file), 'utf8');
  const filled = text.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => values[name] ?? '');
  return parseYamlDocuments(filled) as KubeObject[];
}

/** Looks until `accept` returns something, or fails saying what it saw last. */
export async function eventually<T>(
  world: World,
  what: string,
  accept: () => Promise<T | undefined>,
  seconds = 30,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last = 'nothing yet';
  for (;;) {
    world.signal.throwIfAborted();
    try {
      const found = await accept();
      if (found !== undefined) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
      if (!(error instanceof NotYet)) throw error;
    }
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${seconds} s; last seen: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What was seen instead of what is waited for. */
export class NotYet extends Error {}

export async function find(
  world: World,
  type: ResourceType,
  key: ObjectKey,
): Promise<KubeObject | undefined> {
  try {
    return await world.admin.get(type, key);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

interface WithStatus extends KubeObject {
  status?: {
    conditions?: Condition[];
    observedGeneration?: number;
    lastAppliedRevision?: string;
    artifact?: { revision: string };
    inventory?: { entries: { id: string }[] };
  };
}

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return (object as WithStatus).status?.conditions?.find((condition) => condition.type === type);
}

/** The revision a source stored, or a Kustomization applied. */
export function revisionOf(object: KubeObject): string {
  const { status } = object as WithStatus;
  return status?.lastAppliedRevision ?? status?.artifact?.revision ?? '';
}

/** Waits for a Ready condition of the object's current generation that `accept`s. */
export function condition(
  world: World,
  type: ResourceType,
  key: ObjectKey,
  accept: (ready: Condition, object: KubeObject) => boolean,
): Promise<KubeObject> {
  return eventually(world, `${type.kind} ${key.namespace ?? ''}/${key.name}`, async () => {
    const object = await find(world, type, key);
    if (!object) throw new NotYet('it does not exist');
    const ready = conditionOf(object, 'Ready');
    const current =
      ready?.observedGeneration === undefined ||
      ready.observedGeneration === object.metadata.generation;
    if (ready && current && accept(ready, object)) return object;
    throw new NotYet(
      ready ? `Ready=${ready.status} ${ready.reason}: ${ready.message}` : 'no condition',
    );
  });
}

export const isReady = (ready: Condition) => ready.status === 'True';

/** Asks for a reconcile at once, as `flux reconcile` does. */
export async function requestReconcile(
  world: World,
  type: ResourceType,
  key: ObjectKey,
): Promise<void> {
  const annotations = { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() };
  await world.admin.patch(type, key, { type: 'merge', body: { metadata: { annotations } } });
}

export const source: ObjectKey = { namespace: 'flux-system', name: 'infra-apps' };

/** Pushes to the fleet repository and has the source fetched; returns the new revision. */
export async function push(
  world: World,
  change: {
    write?: Record<string, string>;
    remove?: string[];
    symlinks?: Record<string, string>;
    message: string;
  },
): Promise<string> {
  const hash = await world.git.commit(world.repository, change);
  await requestReconcile(world, types.gitRepository, source);
  const revision = `main@sha1:${hash}`;
  await condition(
    world,
    types.gitRepository,
    source,
    (ready, object) => isReady(ready) && revisionOf(object) === revision,
  );
  return revision;
}
