import { sleep, type Clock } from '../../base/clock.ts';
import { isRecord } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { acceptMetadataList } from '../../kube/requests.ts';
import { collectionPath } from '../../kube/resource-path.ts';

export interface FollowOptions {
  client: Pick<KubeClient, 'raw' | 'watch'>;
  type: ResourceType;
  signal: AbortSignal;
  clock: Clock;
  log: Log;
  /** Something of the kind was written or deleted, in this namespace. */
  onChange(namespace: string | undefined): void;
  /** Changes may have been missed. */
  onGap(): void;
}

const retryMs = 1_000;

/**
 * Hears of changes of a kind without holding its objects: for what is asked for anew when something
 * changes. Runs until the signal aborts; never rejects.
 */
export async function followChanges(options: FollowOptions): Promise<void> {
  const { type, signal, clock, log, onGap } = options;
  while (!signal.aborted) {
    try {
      await hear(options);
    } catch (error) {
      if (signal.aborted) return;
      log.debug('changes are not heard of at present', { kind: type.kind, error: String(error) });
      onGap();
      await sleep(clock, retryMs, signal).catch(() => {});
    }
  }
}

/** As long as one watch lasts. */
async function hear({ client, type, signal, onChange, onGap }: FollowOptions): Promise<void> {
  const resourceVersion = await presentVersion(client, type, signal);
  onGap();
  const options = { resourceVersion, signal, metadataOnly: true };
  for await (const event of client.watch<KubeObject>(type, options)) {
    if (event.type !== 'BOOKMARK') onChange(event.object.metadata.namespace);
  }
}

/** Where a watch of what comes next begins. */
async function presentVersion(
  client: Pick<KubeClient, 'raw'>,
  type: ResourceType,
  signal: AbortSignal,
): Promise<string> {
  const page = await client.raw<unknown>({
    method: 'GET',
    path: collectionPath(type),
    query: { limit: '1' },
    accept: acceptMetadataList,
    signal,
  });
  const metadata = isRecord(page) ? page['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : '0';
}
