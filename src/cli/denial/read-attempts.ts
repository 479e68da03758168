import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isRecord } from '../../base/json.ts';
import { parseYamlDocuments } from '../../base/yaml.ts';
import type { KubeObject } from '../../kube/object.ts';
import { findResource } from '../../kube/resource-names.ts';
import type { Cluster } from '../cluster/connect.ts';
import { UsageError } from '../command.ts';
import type { Attempt } from './attempt.ts';

const withObject = new Set(['create', 'apply', 'update']);
const maxBytes = 1024 * 1024;

/**
 * What somebody would like to do, from words such as `create -f FILE`, `delete namespace/oil-apps`,
 * `list pods`.
 *
 * @throws UsageError for words that say nothing
 */
export async function readAttempts(
  cluster: Cluster,
  words: readonly string[],
  file: string | undefined,
): Promise<Attempt[]> {
  const [verb = '', target, ...more] = words;
  if (more.length > 0) throw new UsageError(`one VERB and one TARGET: '${more[0]}' is too many`);
  if (!/^[a-z-]+$/.test(verb)) throw new UsageError(`'${verb}' is not a verb such as create`);
  if (withObject.has(verb)) {
    if (file === undefined) throw new UsageError(`${verb}: give the object with -f FILE`);
    return Promise.all((await readObjects(file)).map((object) => ofObject(cluster, verb, object)));
  }
  if (target === undefined) throw new UsageError(`${verb}: of what? KIND/NAME, or KIND for all`);
  return [await ofTarget(cluster, verb, target)];
}

async function ofObject(cluster: Cluster, verb: string, object: KubeObject): Promise<Attempt> {
  const { apiVersion, kind } = object;
  const type = await cluster.own.discovery.resourceFor(apiVersion, kind, cluster);
  if (!type) throw new UsageError(`the cluster has no kind '${kind}' in ${apiVersion}`);
  const metadata = type.namespaced
    ? { namespace: cluster.namespace, ...object.metadata }
    : object.metadata;
  return { verb, type, object: { ...object, metadata }, key: metadata };
}

async function ofTarget(cluster: Cluster, verb: string, target: string): Promise<Attempt> {
  const [word = '', name] = target.split('/');
  const type = await findResource(cluster.own, word, cluster);
  if (!type) throw new UsageError(`the cluster has no kind '${word}'`);
  const scope = type.namespaced ? { namespace: cluster.namespace } : {};
  return { verb, type, ...scope, ...(name !== undefined && { key: { ...scope, name } }) };
}

async function readObjects(file: string): Promise<KubeObject[]> {
  const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  if (content.length > maxBytes) throw new UsageError(`-f: more than ${maxBytes} bytes`);
  const objects = parseYamlDocuments(content).filter((document) => document !== null);
  if (objects.length === 0) throw new UsageError(`-f: there is no object in ${file}`);
  return objects.map((object) => {
    if (isObject(object)) return object;
    throw new UsageError('-f: every document needs apiVersion, kind and metadata.name');
  });
}

function isObject(value: unknown): value is KubeObject {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  const { apiVersion, kind, metadata } = value;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata['name'] === 'string'
  );
}
