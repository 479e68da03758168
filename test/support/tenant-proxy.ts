import { readFile, writeFile } from 'node:fs/promises';
import type { Plane } from '../../src/engines/plane/plane.ts';
import {
  freshName,
  kubectl,
  kubectlOk,
  type KubectlOptions,
  type KubectlResult,
} from './cluster.ts';
import { startProxyHarness, type ProxyHarness } from './proxy-harness.ts';
import { startTenancyHarness, type HarnessTenant, type TenancyHarness } from './tenancy-harness.ts';

/** Tenants on a control plane of their own, and the proxy that they go through. */
export interface TenantProxy extends AsyncDisposable {
  tenancy: TenancyHarness;
  proxy: ProxyHarness;
  /** kubectl through the proxy, as somebody. */
  as(user: string, groups?: readonly string[]): Promise<Persona>;
  /** The same as the owner of a tenant. */
  owner(tenant: Pick<HarnessTenant, 'owner'>): Promise<Persona>;
}

/** Somebody who goes through the proxy with a client certificate. */
export interface Persona {
  kubeconfig: string;
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  kubectlOk(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** Names of what a list shows, sorted. */
  names(...args: string[]): Promise<string[]>;
}

/** Starts both; more flags of the proxy as a user types them. */
export async function startTenantProxy(argv: readonly string[] = []): Promise<TenantProxy> {
  const tenancy = await startTenancyHarness();
  const { plane } = tenancy;
  const proxy = await startProxyHarness(
    [`--capsule-configuration-name=${tenancy.configuration}`, '--enable-reflector', ...argv],
    plane,
  );
  const as: TenantProxy['as'] = async (user, groups = [tenancy.group]) => {
    const kubeconfig = await kubeconfigThrough(proxy, plane, { user, groups });
    const through = { kubeconfig, cluster: plane };
    const list = async (args: readonly string[]) =>
      await kubectlOk(['get', ...args, '-o', 'name'], through);
    return {
      kubeconfig,
      kubectl: (args, options = {}) => kubectl(args, { ...through, ...options }),
      kubectlOk: (args, options = {}) => kubectlOk(args, { ...through, ...options }),
      async names(...args) {
        const lines = (await list(args)).split('\n').filter((line) => line !== '');
        return lines.map((line) => line.replace(/^[^/]*\//, '')).sort();
      },
    };
  };
  return {
    tenancy,
    proxy,
    as,
    owner: ({ owner }) => as(owner.as, owner.asGroups),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await tenancy[Symbol.asyncDispose]();
    },
  };
}

/** The plane's own kubeconfig of a user, with the proxy where the API server was. */
async function kubeconfigThrough(
  { url, caPem }: ProxyHarness,
  plane: Plane,
  { user, groups }: { user: string; groups: readonly string[] },
): Promise<string> {
  const direct = await plane.clientKubeconfig({ commonName: user, organizations: [...groups] });
  const text = (await readFile(direct, 'utf8'))
    .replace(/server: .*/, `server: ${url}`)
    .replace(
      /certificate-authority-data: .*/,
      `certificate-authority-data: ${Buffer.from(caPem).toString('base64')}`,
    );
  const file = `${direct}-${freshName('proxy')}`;
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
