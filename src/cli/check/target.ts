import type { KubeClient } from '../../kube/client.ts';
import type { JsonValue, KubeObject, ObjectMeta, ResourceType } from '../../kube/object.ts';
import { collectionPath, objectPath } from '../../kube/resource-path.ts';

/** An object by its kind and name. */
export interface Target {
  apiVersion: string;
  kind: string;
  metadata: Pick<ObjectMeta, 'name' | 'namespace'>;
}

/** An object: `target('v1', 'Secret', 'bait', 'team-a')`; without a namespace, of the cluster. */
export function target(apiVersion: string, kind: string, name: string, namespace?: string): Target {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

/** The cluster does not serve a kind: what is about it does not arise. */
export class NotServedError extends Error {
  override name = 'NotServedError';
}

/** How requests name the kind. @throws NotServedError */
export async function typeOf(
  client: KubeClient,
  { apiVersion, kind }: Pick<Target, 'apiVersion' | 'kind'>,
): Promise<ResourceType> {
  const type = await client.discovery.resourceFor(apiVersion, kind);
  if (!type) throw new NotServedError(`the cluster serves no ${kind} (${apiVersion})`);
  return type;
}

/** What is sent on behalf of whoever the client is. Whatever can be is a dry run. */
export type Request = (client: KubeClient) => Promise<unknown>;

const fieldManager = 'tenantry-check';

export const creating =
  (object: KubeObject): Request =>
  async (client) =>
    client.create(await typeOf(client, object), object, { dryRun: true, fieldManager });

export const applying =
  (object: KubeObject): Request =>
  async (client) => {
    const options = { dryRun: true, fieldManager, force: true };
    return (await client.apply(await typeOf(client, object), object, options)).object;
  };

type Body = { [key: string]: JsonValue };
type Subresource = 'status' | 'finalize';

/** A merge patch (RFC 7386). */
export const merging =
  (of: Target, body: Body, subresource?: Subresource): Request =>
  async (client) =>
    client.patch(
      await typeOf(client, of),
      of.metadata,
      { type: 'merge', body },
      {
        dryRun: true,
        fieldManager,
        ...(subresource && { subresource }),
      },
    );

/** A JSON patch (RFC 6902). */
export const patching =
  (of: Target, ...body: JsonValue[]): Request =>
  async (client) =>
    client.patch(
      await typeOf(client, of),
      of.metadata,
      { type: 'json', body },
      { dryRun: true, fieldManager },
    );

/** Writes back what `admin` reads, changed. */
export const replacing =
  (
    of: Target,
    admin: KubeClient,
    change: (object: KubeObject) => KubeObject,
    subresource?: Subresource,
  ): Request =>
  async (client) => {
    const type = await typeOf(client, of);
    const object = change(await admin.get<KubeObject>(type, of.metadata));
    return client.replace(type, object, {
      dryRun: true,
      fieldManager,
      ...(subresource && { subresource }),
    });
  };

export const deleting =
  (of: Target): Request =>
  async (client) =>
    client.delete(await typeOf(client, of), of.metadata, { dryRun: true });

export const reading =
  (of: Target): Request =>
  async (client) =>
    client.get(await typeOf(client, of), of.metadata);

/** One object at most: whether it is allowed is all that matters. */
export const listing =
  (of: Pick<Target, 'apiVersion' | 'kind'>, namespace?: string): Request =>
  async (client) =>
    client.raw({
      method: 'GET',
      path: collectionPath(await typeOf(client, of), namespace),
      query: { limit: '1' },
    });

/** A POST to a subresource, such as `token`. */
export const posting =
  (of: Target, subresource: string, body: Body): Request =>
  async (client) =>
    client.raw({
      method: 'POST',
      path: `${objectPath(await typeOf(client, of), of.metadata)}/${subresource}`,
      query: { dryRun: 'All' },
      body,
    });
