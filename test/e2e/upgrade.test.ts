import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bridgeName } from '../../src/api/install/bridge.ts';
import { account, reconciler, tenantOf } from '../support/bridge-world.ts';
import { namespace } from '../support/estate-objects.ts';
import { startEstateProxy, type EstateProxy } from '../support/estate-proxy.ts';
import { eventually, managerKubeconfig, startEstate, type Estate } from '../support/estate.ts';
import { startTenancy } from '../support/start-tenancy.ts';
import type { ManagerProcess } from '../support/manager-process.ts';

/**
 * Manager and bridge of one version with the proxy of another, both ways, and then all of the newer:
 * `TENANTRY_EARLIER` names a checkout of the other version, with its node_modules. What they share is held
 * by src/apps/between-versions.test.ts, which always runs.
 */
const earlier = process.env['TENANTRY_EARLIER'];
const today = undefined;

describe.runIf(earlier).each([
  ['an earlier proxy with the manager of today', { manager: today, proxy: earlier }],
  ['the proxy of today with an earlier manager', { manager: earlier, proxy: today }],
])('%s', (_, version) => {
  const home = 'oil-system';
  let estate: Estate;
  let proxy: EstateProxy;
  let managers: ManagerProcess[];
  let file: string;

  /** Manager and bridge of one version. */
  async function start(checkout: string | undefined): Promise<ManagerProcess[]> {
    const of = checkout === undefined ? {} : { checkout };
    const caPath = path.join(estate.storagePath, 'proxy-ca.crt');
    await writeFile(caPath, proxy.caPem);
    const tenancy = await startTenancy(estate, (flags, kubeconfig) =>
      estate.startManager(flags, { kubeconfig, ...of }),
    );
    // The start of tenancy declares the configuration anew.
    const userGroups = ['projectcapsule.dev', `system:serviceaccounts:${home}`];
    const patch = ['--type=merge', '-p', JSON.stringify({ spec: { userGroups } })];
    await estate.kubectl(['patch', 'capsuleconfiguration', 'default', ...patch]);
    return [
      tenancy,
      await estate.startManager(
        ['--components=bridge', `--proxy-url=${proxy.url}`, `--proxy-ca-path=${caPath}`],
        { kubeconfig: await managerKubeconfig(estate.plane, bridgeName), ...of },
      ),
    ];
  }
  const as = (...args: string[]) => estate.kubectl(args, { kubeconfig: file });
  const names = async (...args: string[]) => {
    const { stdout } = await as('get', ...args, '-o', 'jsonpath={.items[*].metadata.name}');
    return stdout.split(' ').filter(Boolean);
  };
  async function kubeconfig(): Promise<string | false> {
    const secret = ['-n', home, 'get', 'secret', `${reconciler}-kubeconfig`];
    const { stdout } = await estate.kubectl([...secret, '-o', 'jsonpath={.data.kubeconfig}']);
    return stdout !== '' && Buffer.from(stdout, 'base64').toString();
  }
  const makes = (name: string) =>
    eventually(`the owner makes ${name}`, async () => {
      const { code } = await as('create', 'namespace', name);
      return code === 0 && (await names('namespaces')).includes(name);
    });

  beforeAll(async () => {
    const installed = { tenancy: true, proxy: true, bridge: true };
    estate = await startEstate({ tenants: [], installed });
    const of = version.proxy === undefined ? {} : { checkout: version.proxy };
    proxy = await startEstateProxy({ ...estate, ...of });
    managers = await start(version.manager);
    await estate.apply(
      namespace(home),
      account(home),
      tenantOf('oil', `${home}:${reconciler}`),
      tenantOf('gas', 'elsewhere:other'),
    );
    file = path.join(estate.storagePath, 'oil.kubeconfig');
    const text = await eventually('a kubeconfig', kubeconfig);
    await writeFile(file, text, { mode: 0o600 });
  });
  afterAll(async () => {
    await proxy?.stop();
    await estate?.[Symbol.asyncDispose]();
  });

  test('an owner works, and sees nothing of another tenant', async () => {
    await makes('oil-one');
    await eventually('it may work there', async () => {
      return (await as('-n', 'oil-one', 'create', 'configmap', 'settings')).code === 0;
    });
    expect(await names('namespaces')).toEqual(['oil-one']);
    expect(await names('tenants')).toEqual(['oil']);
    expect(await names('configmaps', '-A')).toContain('settings');
    expect((await as('get', 'secrets', '-n', 'kube-system')).stderr).toContain('Forbidden');
    expect((await as('get', 'tenant', 'gas')).stderr).toContain('NotFound');
  });

  test('the other manager takes over what is there, and changes no kubeconfig', async () => {
    const before = await kubeconfig();
    await Promise.all(managers.map((manager) => manager.stop()));
    managers = await start(version.manager === undefined ? earlier : today);
    await makes('oil-two');
    expect((await names('namespaces')).sort()).toEqual(['oil-one', 'oil-two']);
    expect(await kubeconfig()).toBe(before);
  });
});
