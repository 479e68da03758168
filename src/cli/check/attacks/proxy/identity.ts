import { worstOf } from '../../outcome.ts';
import { KubeApiError } from '../../../../kube/api-error.ts';
import { serviceAccountIdentity, userIdentity } from '../../../../kube/identity.ts';
import type { Attack } from '../../attack.ts';
import { listing, type Request } from '../../target.ts';
import { connect, throughProxy } from '../../through-proxy.ts';
import { RefusedError, tryAll } from '../../tries.ts';
import { deployerName, type Person, type World } from '../../world.ts';

/** Tokens that are none. */
const tokens = ['Bearer ', 'Bearer not-a-token', 'Bearer null', 'Basic YWRtaW46YWRtaW4='];

export const beSomebodyElse: Attack = {
  id: 'proxy/identity',
  title: 'is somebody else to the tenant proxy: by impersonation, or by a token that is none',
  why: 'a proxy that does not know who asks asks as itself',
  remedy: 'upgrade the proxy: who is unknown gets no answer, and impersonation is reviewed',
  attempt: (world) =>
    throughProxy(world, async ({ client }) => {
      const { neighbour, proxy } = world;
      const others: Person[] = [
        {
          name: 'as the neighbour',
          user: neighbour.owner.user,
          client: client.as(userIdentity(neighbour.owner.user)),
        },
        {
          name: "as the neighbour's account",
          user: neighbour.deployer.user,
          client: client.as(serviceAccountIdentity(neighbour.namespace, deployerName)),
        },
      ];
      const outcomes = [await look(world, others)];
      for (const token of proxy ? tokens : []) {
        await using unknown = connect(proxy ?? { url: '' }, token);
        const name = `with the token '${token}'`;
        outcomes.push(await look(world, [{ name, user: '', client: unknown }]));
      }
      return worstOf(outcomes);
    }),
};

const look = (world: World, people: readonly Person[]) =>
  tryAll(
    world,
    [
      { what: 'namespaces', send: known(listing({ apiVersion: 'v1', kind: 'Namespace' })) },
      {
        what: 'Secrets',
        send: known(listing({ apiVersion: 'v1', kind: 'Secret' }, world.neighbour.namespace)),
      },
    ],
    { people },
  );

/** That nobody is known by that name is a refusal here, and that one may not act as another. */
const known =
  (send: Request): Request =>
  async (client) => {
    try {
      return await send(client);
    } catch (error) {
      if (!(error instanceof KubeApiError) || ![401, 403].includes(error.code)) throw error;
      throw new RefusedError(error.message);
    }
  };
