import { isDeepStrictEqual } from 'node:util';
import { createdByLabel } from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { mutatingWebhookType, validatingWebhookType } from './register-webhooks.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** What the configuration registers, by the label that says so. */
const types = [validatingWebhookType, mutatingWebhookType];

/** Calls back when somebody changes what the configuration keeps, so that it is mended at once. */
export function onInstalledChange({ managed }: TenancyContext, listener: () => void): void {
  for (const type of types) {
    managed.for(type).onChange(({ before, after }) => {
      const labels = (before ?? after)?.metadata.labels ?? {};
      const isInstalled = createdByLabel in labels;
      if (isInstalled && !isDeepStrictEqual(contentOf(before), contentOf(after))) listener();
    });
  }
}

function contentOf(object: KubeObject | undefined): unknown {
  if (!object) return undefined;
  const { metadata, ...content } = object;
  return { ...content, labels: metadata.labels };
}
