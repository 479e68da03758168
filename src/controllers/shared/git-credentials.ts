import { Reason } from '../../api/reasons.ts';
import type { GitRepository } from '../../api/source/git-repository.ts';
import { stalled } from '../../base/errors.ts';
import type { GitAuth } from '../../engines/git/git-auth.ts';
import type { KubeClient } from '../../kube/client.ts';
import {
  isGitHubAppSecret,
  parseHttpSecret,
  parseProxySecret,
  parseSshSecret,
} from './git-secret.ts';
import { readSecret, type SecretValues } from './secret.ts';

/**
 * How to reach a GitRepository's remote, from spec.secretRef and spec.proxySecretRef. Secrets are
 * read when they are needed and never kept: in the object's own namespace, with our own identity,
 * as upstream. Throws AuthenticationFailed (retryable) or a reason only the spec can mend (stalled).
 */
export async function readGitAuth(
  client: Pick<KubeClient, 'get'>,
  repo: GitRepository,
  signal: AbortSignal,
): Promise<GitAuth> {
  const { secretRef, proxySecretRef } = repo.spec;
  const read = (ref: { name: string } | undefined) =>
    ref && readSecret(client, { namespace: repo.metadata.namespace ?? '', name: ref.name }, signal);
  const [secret, proxySecret] = await Promise.all([read(secretRef), read(proxySecretRef)]);
  return {
    ...parseFor(repo, secret),
    ...(proxySecret && { proxy: parseProxySecret(proxySecret) }),
  };
}

function parseFor({ spec }: GitRepository, secret: SecretValues | undefined): GitAuth {
  if (secret && isGitHubAppSecret(secret)) {
    const message = `Secret '${spec.secretRef?.name}' is of a GitHub App, which needs spec.provider github`;
    throw stalled(Reason.InvalidProviderConfiguration, message);
  }
  if (spec.url.startsWith('ssh:')) {
    if (secret) return { ssh: parseSshSecret(secret) };
    const message = 'an ssh:// URL needs spec.secretRef: a Secret with identity and known_hosts';
    throw stalled(Reason.AuthenticationFailed, message);
  }
  return secret ? parseHttpSecret(secret) : {};
}
