import { secretType } from '../../kube/core-resources.ts';
import { isNotFound } from '../../kube/api-error.ts';
import { secretData, secretText } from '../../kube/secrets.ts';
import { requestBoundToken } from '../../kube/service-account-token.ts';
import type { Cluster } from '../cluster/connect.ts';
import type { GeneratorOptions } from './options.ts';

const tokenSecretType = 'kubernetes.io/service-account-token';
const accountAnnotation = 'kubernetes.io/service-account.name';

/** A token of the account: a new one that ends, or that of a token Secret, which does not. */
export async function accountToken(
  { account, lifeSeconds }: GeneratorOptions,
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
): Promise<string> {
  if (lifeSeconds === undefined) return await storedToken(account, { client, signal });
  try {
    const wish = { audiences: [], lifeSeconds };
    return (await requestBoundToken(client, account, wish, signal)).token;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = `ServiceAccount '${account.namespace}/${account.name}' not found: create it, or correct --serviceaccount and --namespace`;
    throw new Error(message, { cause: error });
  }
}

async function storedToken(
  { namespace, name }: GeneratorOptions['account'],
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
): Promise<string> {
  const fieldSelector = `type=${tokenSecretType}`;
  const { items } = await client.list(secretType, { namespace, fieldSelector, signal });
  const found = items.find(({ metadata }) => metadata.annotations?.[accountAnnotation] === name);
  const token = found && secretText(secretData(found), 'token');
  if (token) return token;
  const why = found
    ? 'its token Secret is still empty'
    : `there is no Secret of type ${tokenSecretType} for it`;
  throw new Error(
    `no token of ServiceAccount '${namespace}/${name}': ${why}; say --expiry 24h for a token that ends, which needs none`,
  );
}
