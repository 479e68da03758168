import { CapsuleConfiguration } from '../../src/api/capsule/capsule-configuration.ts';
import { tenancyName } from '../../src/api/install/tenancy.ts';
import { freePort } from '../../src/engines/plane/free-port.ts';
import type { Plane } from '../../src/engines/plane/plane.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { eventually } from './eventually.ts';
import { managerKubeconfig } from './install.ts';
import type { ManagerProcess } from './manager-process.ts';
import { policiesInForce } from './policies-in-force.ts';

/**
 * Starts the component of tenants by `start`, with both rings of admission, as the account of the
 * exported installation; resolves once what it holds is held.
 */
export async function startTenancy(
  { admin, plane }: { admin: KubeClient; plane: Plane },
  start: (flags: string[], kubeconfig: string) => Promise<ManagerProcess>,
): Promise<ManagerProcess> {
  const port = await freePort();
  const client = { url: `https://127.0.0.1:${port}` };
  const configuration = {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'CapsuleConfiguration',
    metadata: { name: 'default' },
    spec: {
      userGroups: ['projectcapsule.dev'],
      admission: { validating: { client }, mutating: { client } },
    },
  };
  // Not as kubectl: whatever deploys the configuration from Git takes over what kubectl wrote.
  const options = { fieldManager: 'installation', force: true };
  await admin.apply(CapsuleConfiguration.type, configuration, options);
  const kubeconfig = await managerKubeconfig(plane, tenancyName);
  const running = await start(['--components=tenancy', `--webhook-port=${port}`], kubeconfig);
  await eventually('both rings are in place', async () => {
    const key = { name: 'default' };
    const { status } = CapsuleConfiguration.decode(await admin.get(CapsuleConfiguration.type, key));
    return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
  });
  await policiesInForce(admin);
  return running;
}
