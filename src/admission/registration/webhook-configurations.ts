import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import {
  createdByLabel,
  managedByController,
  managedByLabel,
  webhookCreator,
} from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { hookName } from '../hook-name.ts';
import type { CountedScope } from '../../access/quotas/custom/counted-scope.ts';
import type { HookDeclaration } from '../hook.ts';
import { ownAdmission, type OwnAdmission } from './own-admission.ts';
import { resourcesOf, webhookEntry, type HookOverride, type Registrar } from './webhook-entry.ts';

/** What the webhook configurations follow from. */
export interface RegistrationRequest {
  configuration: CapsuleConfiguration;
  hooks: readonly HookDeclaration[];
  /** What custom quotas count. */
  counted: readonly CountedScope[];
  /** Namespace the control plane runs in. */
  home: string;
  /** Of the server's authority, PEM; absent when another injects it. */
  caPem?: string | undefined;
}

const kinds = {
  validating: 'ValidatingWebhookConfiguration',
  mutating: 'MutatingWebhookConfiguration',
} as const;

/**
 * The second ring as it is registered with the API server: one configuration for what refuses and
 * one for what changes, each without a hook left out when there is none.
 */
export function webhookConfigurations(request: RegistrationRequest): KubeObject[] {
  return (['validating', 'mutating'] as const).flatMap((type) => {
    const hooks = request.hooks.filter(
      (hook) => hook.type === type && resourcesOf(hook, request.counted).length > 0,
    );
    return hooks.length > 0 ? [webhookConfiguration(type, hooks, request)] : [];
  });
}

function webhookConfiguration(
  type: keyof typeof kinds,
  hooks: readonly HookDeclaration[],
  request: RegistrationRequest,
): KubeObject {
  const { metadata, spec } = request.configuration;
  const admission = ownAdmission(spec, request.home);
  const { name, labels, annotations, webhooks = [] } = admission[type] ?? {};
  const registrar = registrarOf(type, request);
  const entries = hooks.map((hook) => webhookEntry(hook, overrideOf(hook, webhooks), registrar));
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: kinds[type],
    metadata: {
      name: name ?? spec.overrides[`${type}WebhookConfigurationName`],
      labels: {
        ...labels,
        [createdByLabel]: webhookCreator,
        [managedByLabel]: managedByController,
      },
      ...(annotations && { annotations: { ...annotations } }),
      ...(metadata.uid !== undefined && { ownerReferences: [ownerOf(request.configuration)] }),
    },
    webhooks: entries.sort((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1)),
  };
}

function ownerOf({ apiVersion, kind, metadata: { name, uid = '' } }: CapsuleConfiguration) {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false };
}

/** What the configuration says of a hook, which it names by its path or by its name. */
function overrideOf(
  hook: HookDeclaration,
  webhooks: readonly HookOverride[],
): Partial<HookOverride> {
  return (
    webhooks.find(({ path }) => path === hook.path) ??
    webhooks.find(({ name }) => name === hookName(hook)) ??
    {}
  );
}

function registrarOf(
  type: keyof typeof kinds,
  { configuration: { metadata, spec }, counted, home, caPem }: RegistrationRequest,
): Registrar {
  const { ignoreUserWithGroups = [] } = spec;
  const admission = ownAdmission(spec, home);
  const caBundle = admission[type]?.client.caBundle;
  return {
    client: clientOf(admission, type, home),
    caBundle: caBundle ?? (caPem && Buffer.from(caPem).toString('base64')),
    home,
    counted,
    identities: { configuration: metadata.name, ignoredGroups: ignoreUserWithGroups, home },
  };
}

function clientOf(
  admission: OwnAdmission,
  type: keyof typeof kinds,
  home: string,
): Registrar['client'] {
  const { url, service } = admission[type]?.client ?? {};
  if (url !== undefined) return { url };
  const own = { name: admission.serviceName, namespace: home };
  return { service: service ? withoutPath(service) : own };
}

/** Each hook has a path of its own. */
function withoutPath(service: { name: string; namespace: string; port?: number }) {
  const { name, namespace, port } = service;
  return { name, namespace, ...(port !== undefined && { port }) };
}
