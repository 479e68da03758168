import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../src/base/certificate.ts';
import { account, reconciler, tenantOf } from '../support/bridge-world.ts';
import { namespace } from '../support/estate-objects.ts';
import { eventually, managerKubeconfig, startEstate, type Estate } from '../support/estate.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';

/**
 * The bridge as it is installed: a process of its own, with the rights of its account, that is told
 * where the proxy is by flags and a file. The API server stands for the proxy.
 */
const home = 'oil-system';
let estate: Estate;
let bridge: ManagerProcess;
let caPath: string;

beforeAll(async () => {
  estate = await startEstate({ tenants: [], installed: { tenancy: true, bridge: true } });
  caPath = path.join(estate.storagePath, 'proxy-ca.crt');
  await writeFile(caPath, estate.plane.caPem);
  bridge = await start();
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

const flags = (ca: string) => [
  '--components=bridge',
  `--proxy-url=${estate.plane.server}`,
  `--proxy-ca-path=${ca}`,
];
const start = async () =>
  estate.startManager(flags(caPath), {
    kubeconfig: await managerKubeconfig(estate.plane, 'tenantry-bridge'),
  });
async function kubeconfig(): Promise<string | false> {
  const secret = ['-n', home, 'get', 'secret', `${reconciler}-kubeconfig`];
  const { stdout } = await estate.kubectl([...secret, '-o', 'jsonpath={.data.kubeconfig}']);
  return stdout !== '' && Buffer.from(stdout, 'base64').toString();
}
const issued = () => eventually('a kubeconfig', kubeconfig);

test('makes a kubeconfig, follows the authority of the proxy, and survives being killed', async () => {
  await estate.apply(namespace(home), account(home), tenantOf('oil', `${home}:${reconciler}`));
  const file = path.join(estate.storagePath, 'oil.kubeconfig');
  await writeFile(file, await issued(), { mode: 0o600 });
  const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'];
  const { stdout } = await estate.kubectl(whoami, { kubeconfig: file });
  expect(stdout).toBe(`system:serviceaccount:${home}:${reconciler}`);
  const told = `tenantry_kubeconfig_expiry_timestamp_seconds{namespace="${home}",name="${reconciler}"}`;
  await eventually('when it ends is told', async () =>
    (await (await fetch(bridge.metricsUrl)).text()).includes(told),
  );

  const both = (await readFile(caPath, 'utf8')) + createAuthority('the next one').certPem;
  await writeFile(caPath, both);
  await eventually('both authorities', async () => {
    const found = await kubeconfig();
    return found && found.includes(Buffer.from(both).toString('base64'));
  });

  await bridge.kill();
  await estate.kubectl(['-n', home, 'delete', 'secret', `${reconciler}-kubeconfig`]);
  bridge = await start();
  await issued();
});

test('does not start without the authority of the proxy', async () => {
  const absent = await estate.spawnManager(flags(path.join(estate.storagePath, 'absent')), {
    kubeconfig: await managerKubeconfig(estate.plane, 'tenantry-bridge'),
  });
  await eventually('it ends', async () => absent.exited);
  expect(absent.exitCode).toBe(1);
});
