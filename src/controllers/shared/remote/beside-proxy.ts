import { isSentAsCaller, type SentRequest } from '../../../access/visibility/sent-as-caller.ts';
import { KubeApiError } from '../../../kube/api-error.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { ObjectKey, ResourceType } from '../../../kube/object.ts';

/** The client that acts as the proxy's caller without it; undefined when it may not, at the moment. */
export type Direct = () => Promise<KubeClient | undefined>;

/**
 * A client that goes to the API server for what the proxy would send on as the caller anyhow, and to the
 * proxy for all else: what it shows, discovery, and whatever was refused, so that refusals are its words.
 */
export function besideProxy(proxied: KubeClient, direct: Direct): KubeClient {
  async function via<T>(
    request: SentRequest,
    send: (client: KubeClient) => Promise<T>,
  ): Promise<T> {
    const client = isSentAsCaller(request) ? await direct() : undefined;
    if (!client) return await send(proxied);
    try {
      return await send(client);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return await send(proxied);
    }
  }
  const about = (verb: string, type: ResourceType, key: Partial<ObjectKey>) => ({
    verb,
    group: type.group,
    resource: type.plural,
    namespace: type.namespaced ? key.namespace : undefined,
  });
  return {
    ...proxied,
    get: (type, key, options) =>
      via(about('get', type, key), (client) => client.get(type, key, options)),
    apply: (type, object, options) =>
      via(about('patch', type, object.metadata), (client) => client.apply(type, object, options)),
    create: (type, object, options) =>
      via(about('create', type, object.metadata), (client) => client.create(type, object, options)),
    patch: (type, key, patch, options) =>
      via(about('patch', type, key), (client) => client.patch(type, key, patch, options)),
    replace: (type, object, options) =>
      via(about('update', type, object.metadata), (client) =>
        client.replace(type, object, options),
      ),
    delete: (type, key, options) =>
      via(about('delete', type, key), (client) => client.delete(type, key, options)),
  };
}

/** Nothing was done: it may be asked again. */
function isRefusal(error: unknown): boolean {
  return error instanceof KubeApiError && (error.code === 403 || error.code === 401);
}
