import { deployerName, type World } from './world.ts';

/** A token of the attacker's account, which it may ask for itself; it ends after ten minutes. */
export async function accountToken({
  attacker: { namespace, deployer },
  signal,
}: World): Promise<string> {
  const { status } = await deployer.client.raw<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${deployerName}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    },
    signal,
  });
  return status.token;
}
