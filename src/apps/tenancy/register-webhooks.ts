import type { CountedScope } from '../../access/quotas/custom/counted-scope.ts';
import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { createdByLabel, webhookCreator } from '../../api/capsule/labels.ts';
import { converge } from '../../controllers/shared/converge.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { Registration } from './start-webhooks.ts';

const registration = (kind: string, plural: string): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind,
  plural,
  namespaced: false,
});
export const validatingWebhookType = registration(
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
);
export const mutatingWebhookType = registration(
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
);

export interface RegisterOptions {
  client: KubeClient;
  /** Hold the managed objects. */
  caches: Caches;
  fieldManager: string;
  /** Absent: nothing is registered, and what was goes. */
  webhooks: Registration | undefined;
  /** What custom quotas count. */
  counted(): readonly CountedScope[];
}

/**
 * Makes a function that registers the second ring as a configuration says. What was registered for
 * the same configuration under another name goes.
 */
export function registerWebhooks(options: RegisterOptions) {
  const { client, caches, fieldManager, webhooks, counted } = options;
  return async (configuration: CapsuleConfiguration, signal: AbortSignal): Promise<void> => {
    const objects =
      (await webhooks?.configurationsFor(configuration, { counted: counted(), signal })) ?? [];
    const { uid } = configuration.metadata;
    for (const type of [validatingWebhookType, mutatingWebhookType]) {
      const desired = objects.filter(({ kind }) => kind === type.kind);
      await caches.for(type).synced(signal);
      const present = caches
        .for(type)
        .list()
        .filter(
          ({ metadata }) =>
            metadata.labels?.[createdByLabel] === webhookCreator &&
            (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid),
        );
      await converge({ type, desired, present }, { client, caches, fieldManager, signal });
    }
  };
}
