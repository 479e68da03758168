import type { KubeObject, ObjectKey } from '../../../kube/object.ts';
import { formatKey } from '../../../kube/object.ts';
import { isForbidden, isNotFound } from '../../../kube/api-error.ts';
import type { WorkloadIdentity } from '../../../engines/cloud/workload-identity.ts';
import { KeyServiceError } from '../../../engines/sops/key-service.ts';
import { serviceAccountType } from '../../../kube/core-resources.ts';
import { explainNoToken, requestToken } from '../../../kube/service-account-token.ts';
import type { Preparation } from '../work.ts';

/**
 * The account that key services know: `spec.decryption.serviceAccountName`, else that of
 * `--default-decryption-service-account`, else the one that applies. Never the control plane's own:
 * what that may decrypt is not the tenants' to have decrypted. Throws {@link KeyServiceError}.
 */
export function decryptionAccount(
  { me, spec, actor, deps }: Preparation,
  service: string,
): Required<ObjectKey> {
  const name = spec.decryption?.serviceAccountName ?? deps.decryption.serviceAccount;
  if (name) return { namespace: me.namespace, name };
  if (actor.account) return actor.account;
  const message = `${service} needs an account: name one in spec.decryption.serviceAccountName`;
  throw new KeyServiceError('no-credentials', message);
}

/**
 * That account as clouds know it. Read, and its tokens asked for, by the account that applies: what
 * goes to a cloud is what the tenant could send there itself. `instead` ends messages about what
 * the account lacks.
 */
export function decryptionIdentity(
  work: Preparation,
  { service, instead }: { service: string; instead: string },
): WorkloadIdentity {
  const { actor } = work;
  const account = decryptionAccount(work, service);
  const title = `ServiceAccount '${formatKey(account)}'`;
  let reading: Promise<KubeObject> | undefined;
  const annotationOf = async (name: string, signal: AbortSignal) => {
    reading ??= actor.client.get(serviceAccountType, account, { signal });
    const found = await reading.catch((error: unknown) => {
      throw tellUnread(error, title, actor.user);
    });
    return found.metadata.annotations?.[name] || undefined;
  };
  return {
    label: `${account.namespace}.${account.name}`,
    optionalAnnotation: annotationOf,
    async annotation(name, signal) {
      const value = await annotationOf(name, signal);
      if (value !== undefined) return value;
      const message = `${service} as ${title} needs its annotation ${name}: add it, or ${instead}`;
      throw new KeyServiceError('no-credentials', message);
    },
    async token(audience, signal) {
      try {
        const { token } = await requestToken(actor.client, account, [audience], signal);
        work.secrets.add(token);
        return token;
      } catch (error) {
        const namedBy = 'spec.decryption.serviceAccountName';
        const why = explainNoToken(error, { account, user: actor.user, namedBy });
        if (!why) throw error;
        throw new KeyServiceError('no-credentials', why.message, { cause: error });
      }
    },
  };
}

function tellUnread(error: unknown, title: string, user: string): unknown {
  if (isNotFound(error)) {
    const message = `${title} not found: create it, or correct spec.decryption.serviceAccountName`;
    return new KeyServiceError('no-credentials', message, { cause: error });
  }
  if (!isForbidden(error)) return error;
  const message = `${user} may not get ${title}, whose annotations say who it is to the cloud: grant it with a Role`;
  return new KeyServiceError('no-credentials', message, { cause: error });
}
