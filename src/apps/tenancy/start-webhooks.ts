import path from 'node:path';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import type { AdmissionContext } from '../../admission/context.ts';
import { createAdmissionEvents } from '../../admission/admission-events.ts';
import type { DefinedHook } from '../../admission/hook.ts';
import { mutatingPolicyKind } from '../../access/policy/compile.ts';
import { hooks } from '../../admission/hooks.ts';
import { holdsRight } from '../../admission/holds-right.ts';
import { createNewTenants } from '../../admission/new-tenants.ts';
import { createTenantDirectory } from '../../admission/tenant-directory.ts';
import { Verb } from '../../access/tenancy/vocabulary.ts';
import type { CountedScope } from '../../access/quotas/custom/counted-scope.ts';
import type { QuotaExpressions } from '../../access/quotas/custom/quota-expression.ts';
import { identitiesOf } from './identities.ts';
import { ownUser } from './own-user.ts';
import { watchGrants } from './watch-grants.ts';
import { createReservations } from '../../admission/namespaces/reserve-namespace.ts';
import { ownAdmission } from '../../admission/registration/own-admission.ts';
import { webhookConfigurations } from '../../admission/registration/webhook-configurations.ts';
import { webhookRoutes } from '../../admission/webhook-routes.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import {
  readCertificateFiles,
  type CertificateFiles,
} from '../../runtime/webhook/certificate-files.ts';
import { keepCertificateSecret } from '../../runtime/webhook/certificate-secret.ts';
import type { ServingCertificates } from '../../runtime/webhook/serving-certificates.ts';
import { openWebhookServer } from '../../runtime/webhook/webhook-server.ts';
import { heldQuotas } from './held-quotas.ts';
import { onWish } from './on-wish.ts';
import { tenancyReaders, tenancyTypes, type TenancyReaders } from './tenancy-readers.ts';

export interface WebhooksOptions {
  client: KubeClient;
  caches: Caches;
  metrics: Metrics;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  /** `--configuration-name`. */
  configurationName: string;
  /** Where to listen: `:9443`. */
  address: string;
  /** `--webhook-cert-path`; a Secret of ours when absent. */
  certPath?: string | undefined;
  /** Namespace the control plane runs in. */
  home: string;
  /** Evaluates the expressions of custom quotas. */
  expressions: QuotaExpressions;
  /** Fills in templates of tenants' rules. */
  fillRules: AdmissionContext['fillRules'];
}

/** How the second ring is registered with the API server. */
export interface Registration {
  configurationsFor(
    configuration: CapsuleConfiguration,
    more: { counted: readonly CountedScope[]; signal: AbortSignal },
  ): Promise<KubeObject[]>;
  /** Calls back when the same configuration gives other objects. */
  onChange(listener: () => void): () => void;
}

/** The second ring, served by this process. */
export interface Webhooks extends AsyncDisposable {
  /** Where it listens. */
  url: string;
  registration: Registration;
}

/**
 * Serves the second ring: by every replica, whoever leads. Resolves when it listens and its caches
 * hold the cluster.
 */
export async function startWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { caches, metrics, log, signal, configurationName, home } = options;
  await Promise.all(tenancyTypes.map((type) => caches.for(type).synced(signal)));
  const readers = tenancyReaders(caches, configurationName);
  const certificates = await certificatesFor(options, readers);
  const admission = await admissionContext(options, readers);
  const { address } = options;
  const routes = webhookRoutes(hooks, admission);
  const server = await openWebhookServer({ address, certificates, routes, metrics, log });
  log.info('webhooks are served', { url: server.url, hooks: hooks.length });
  return {
    url: server.url,
    registration: {
      async configurationsFor(configuration, { counted, signal: ending }) {
        const wanted = await hooksFor(options.client, ending);
        const { caPem } = certificates.current();
        return webhookConfigurations({ configuration, hooks: wanted, counted, home, caPem });
      },
      onChange: (listener) => certificates.onRenewal(listener),
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Those that an API server needs: what it can do by policies, it is not to ask for. */
async function hooksFor(client: KubeClient, signal: AbortSignal): Promise<readonly DefinedHook[]> {
  const { apiVersion, kind } = mutatingPolicyKind;
  const policies = await client.discovery.resourceFor(apiVersion, kind, { signal });
  return hooks.filter(({ insteadOfPolicies = false }) => !insteadOfPolicies || !policies);
}

/** What the hooks decide by. */
async function admissionContext(
  options: WebhooksOptions,
  readers: TenancyReaders,
): Promise<AdmissionContext> {
  const { client, caches, clock, home, configurationName } = options;
  const grants = await watchGrants(options);
  const tenants = createTenantDirectory(caches);
  const controller = await ownUser(client);
  return {
    client,
    caches,
    clock,
    home,
    tenants,
    newTenants: createNewTenants({ client, caches, clock, tenants }),
    globalQuotas: readers.globalQuotas,
    customQuotas: heldQuotas(caches, home),
    expressions: options.expressions,
    fillRules: options.fillRules,
    configuration: readers.configuration,
    events: createAdmissionEvents({
      client,
      clock,
      log: options.log,
      namespace: () => readers.configuration().spec.events.namespace,
    }),
    protectedLabels: () => grants.protectedLabels(),
    reserveNamespace: createReservations({ client, clock }),
    mayAdminister: (user) =>
      holdsRight(client, user, {
        resource: 'capsuleconfigurations',
        name: configurationName,
        verb: Verb.Administer,
      }),
    identities: () => identitiesOf(readers, tenants, controller),
  };
}

/** Files given, or a Secret that is kept; its name counts as it is at the start. */
async function certificatesFor(
  { client, caches, certPath, home, clock, log, signal }: WebhooksOptions,
  { configuration }: TenancyReaders,
): Promise<ServingCertificates> {
  if (certPath !== undefined) {
    return await readCertificateFiles({ files: filesIn(certPath), clock, log, signal });
  }
  const secret = { namespace: home, name: configuration().spec.overrides.TLSSecretName };
  const names = () => serverNames(configuration().spec, home);
  const kept = await keepCertificateSecret({ client, secret, names, clock, log, signal });
  onWish(caches, CapsuleConfiguration.type, () => void kept.look());
  return kept;
}

/** As cert-manager and the kubelet name them. */
function filesIn(folder: string): CertificateFiles {
  const [cert = '', key = '', ca = ''] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) =>
    path.join(folder, name),
  );
  return { cert, key, ca };
}

/** Every name by which API servers may be told to call. */
function serverNames(spec: CapsuleConfiguration['spec'], home: string): string[] {
  const { serviceName, validating, mutating } = ownAdmission(spec, home);
  const services = [
    { name: serviceName, namespace: home },
    ...[validating, mutating].flatMap((part) => part?.client.service ?? []),
  ];
  const urls = [validating, mutating].flatMap((part) =>
    part?.client.url === undefined ? [] : [new URL(part.client.url).hostname],
  );
  const ofServices = services.flatMap(({ name, namespace }) => [
    `${name}.${namespace}.svc`,
    `${name}.${namespace}.svc.cluster.local`,
  ]);
  return [...new Set([...ofServices, ...urls])];
}
