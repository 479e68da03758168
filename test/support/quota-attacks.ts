import { equalJson, isRecord } from '../../src/base/json.ts';
import { KubeApiError } from '../../src/kube/api-error.ts';
import type { OwnClient, RawRequest } from '../../src/kube/client.ts';
import type { Identity } from '../../src/kube/identity.ts';
import {
  apiVersionOf,
  type JsonValue,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../src/kube/object.ts';

type Act = 'write' | 'tell' | 'create' | 'delete';

/** An object that is not to be changed, and what somebody would like it to say. */
export interface Target {
  type: ResourceType;
  key: ObjectKey;
  /** Merged into it: `{ spec: … }`. */
  wanted: Record<string, object>;
  /** Merged into it by `/status`: `{ status: … }`. */
  told: { status: object };
  /** What the attacker may do with such objects by right: not tried. */
  free?: readonly Act[];
}

interface Attempt {
  act: Act;
  what: string;
  requestFor(stored: KubeObject): Omit<RawRequest, 'path'> & { path: string };
}

/** Tries every way to write, make and delete the target as `who`; what was not simply refused. */
export async function attackTarget(
  admin: OwnClient,
  target: Target,
  who: Identity,
): Promise<string[]> {
  const { type, key, free = [] } = target;
  const read = () => admin.get<KubeObject>(type, key);
  const before = await read();
  const through: string[] = [];
  for (const attempt of attemptsOn(target)) {
    if (free.includes(attempt.act)) continue;
    const answer = await answerTo(admin.as(who).raw, () => read().then(attempt.requestFor));
    if (answer.code !== 403)
      through.push(`${who.user}, ${attempt.what}: ${answer.code} ${answer.message}`);
  }
  if (!equalJson(partsOf(await read(), target), partsOf(before, target)))
    through.push(`${type.kind} ${key.name} is changed by ${who.user}`);
  return through;
}

/** What was to be changed: the rest its controller may write meanwhile. */
function partsOf(object: KubeObject, { wanted, told }: Target) {
  const status = object['status'] as Record<string, unknown> | undefined;
  return [
    object.metadata.uid ?? '',
    Object.keys(wanted).map((field) => object[field] ?? null),
    Object.keys(told.status).map((field) => status?.[field] ?? null),
  ];
}

function attemptsOn({ type, key, wanted, told }: Target): Attempt[] {
  const within = key.namespace === undefined ? '' : `/namespaces/${key.namespace}`;
  const root = type.group === '' ? '/api' : '/apis';
  const collection = `${root}/${apiVersionOf(type)}${within}/${type.plural}`;
  const path = `${collection}/${key.name}`;
  const isNative = type.group === '';
  return [
    ...writes({ act: 'write', path, isNative }, wanted),
    ...writes({ act: 'tell', path: `${path}/status`, isNative }, told),
    {
      act: 'create',
      what: `create in ${collection}`,
      requestFor: (stored) => ({
        method: 'POST',
        path: collection,
        body: json(twinOf(stored, isNative)),
      }),
    },
    ...[path, collection].map((each): Attempt => ({
      act: 'delete',
      what: `delete ${each}`,
      requestFor: () => ({ method: 'DELETE', path: each }),
    })),
  ];
}

/** Of native kinds, tenants make their own: what says that it is managed is not to be made. */
function twinOf({ metadata, ...rest }: KubeObject, isNative: boolean): object {
  const { name, namespace, labels } = metadata;
  const kept = { name: `${name}-twin`, namespace, ...(isNative && { labels }) };
  return { ...rest, metadata: kept };
}

/** Each way to write. */
function writes(
  { act, path, isNative }: { act: Act; path: string; isNative: boolean },
  wanted: Record<string, object>,
): Attempt[] {
  const attempt = (way: string, requestFor: (stored: KubeObject) => object): Attempt => ({
    act,
    what: `${way} ${path}`,
    requestFor: (stored) => ({
      method: way === 'update' ? 'PUT' : 'PATCH',
      path,
      ...(way !== 'update' && { contentType: `application/${way}` }),
      ...(way === 'apply-patch+yaml' && { query: { fieldManager: 'attacker', force: 'true' } }),
      body: json(requestFor(stored)),
    }),
  });
  return [
    attempt('merge-patch+json', () => wanted),
    ...(isNative ? [attempt('strategic-merge-patch+json', () => wanted)] : []),
    attempt('json-patch+json', (stored) =>
      Object.entries(wanted).map(([field, value]) => ({
        op: 'add',
        path: `/${field}`,
        value: merged(stored[field], value),
      })),
    ),
    attempt('apply-patch+yaml', ({ apiVersion, kind, metadata: { name } }) => ({
      apiVersion,
      kind,
      metadata: { name },
      ...wanted,
    })),
    attempt('update', (stored) => merged(stored, wanted) as object),
  ];
}

function merged(before: unknown, wanted: unknown): unknown {
  if (!isRecord(before) || !isRecord(wanted)) return wanted;
  const fields = Object.entries(wanted).map(([key, value]) => [key, merged(before[key], value)]);
  return { ...before, ...(Object.fromEntries(fields) as object) };
}

// Any object of JSON is a JSON value.
const json = (object: object) => object as unknown as JsonValue;

/** Answer to a request; one that was about an older state is made anew. */
async function answerTo(
  send: (request: RawRequest) => Promise<unknown>,
  make: () => Promise<RawRequest>,
  attempts = 5,
): Promise<{ code: number; message: string }> {
  try {
    await send(await make());
    return { code: 200, message: '' };
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.code === 409 && attempts > 1) return await answerTo(send, make, attempts - 1);
    return { code: error.code, message: error.message };
  }
}
