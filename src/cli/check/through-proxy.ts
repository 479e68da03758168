import { fixedCredential } from '../../kube/cluster-config.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { accountToken } from './account-token.ts';
import { skipped, type Outcome } from './outcome.ts';
import type { Person, World } from './world.ts';

/** Whom the work is done as, and the client that can become others. */
interface Proxied {
  person: Person;
  client: ClosableClient;
}

/** Does `work` as the attacker's account, through the tenant proxy; skipped where none is named. */
export async function throughProxy(
  world: World,
  work: (proxied: Proxied) => Promise<Outcome>,
): Promise<Outcome> {
  if (!world.proxy) return skipped('needs the address of the tenant proxy: give --proxy-url');
  const token = await accountToken(world);
  await using client = connect(world.proxy, `Bearer ${token}`);
  const { name, user } = world.attacker.deployer;
  return await work({ person: { name: `${name}, through the proxy`, user, client }, client });
}

/** A client of the proxy, whoever that is. */
export function connect(
  { url, ca }: NonNullable<World['proxy']>,
  authorization: string,
): ClosableClient {
  const credentials = fixedCredential({ authorization });
  const cluster = {
    server: url,
    namespace: 'default',
    credentials,
    ...(ca !== undefined && { ca }),
  };
  return createClient({ cluster, userAgent: 'tenantry-check' });
}
