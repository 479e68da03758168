import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { webhookServiceName, type Admission } from '../../api/capsule/admission.ts';

/** What the configuration says of webhooks, as far as it is about a server of ours. */
export type OwnAdmission = Partial<Admission> & Pick<Admission, 'serviceName'>;

/**
 * What of `spec.admission` counts here. A Service of another namespace never leads to our Pods: what
 * names one is about another server, as what Capsule's chart leaves in a configuration that is taken
 * over (names, certificates, a policy per webhook), so nothing that it says counts.
 */
export function ownAdmission(
  { admission }: Pick<CapsuleConfiguration['spec'], 'admission'>,
  home: string,
): OwnAdmission {
  const { validating, mutating } = admission ?? {};
  const parts = [validating, mutating];
  const isOther = parts.some((part) => (part?.client.service?.namespace ?? home) !== home);
  return admission && !isOther ? admission : { serviceName: webhookServiceName };
}
