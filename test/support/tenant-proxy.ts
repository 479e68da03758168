import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import type { Plane, PlaneOptions } from '../../src/engines/plane/plane.ts';
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
  /** A request as it is written here, without a client's own ideas. */
  request(method: string, path: string, more?: PersonaRequest): Promise<PersonaAnswer>;
  /** Begins a request whose answer does not end, such as a watch. */
  open(path: string, headers?: Record<string, string>): Promise<OpenAnswer>;
}

export interface PersonaRequest {
  headers?: Record<string, string>;
  body?: string;
}

export interface PersonaAnswer {
  status: number;
  contentType: string;
  retryAfter: string | undefined;
  body: string;
}

/** What has come so far of an answer that goes on. */
export interface OpenAnswer {
  status: number;
  text(): string;
  /** It has ended, or was broken off. */
  isOver(): boolean;
  close(): void;
}

/** Starts both; more flags of the proxy as a user types them. */
export async function startTenantProxy(
  argv: readonly string[] = [],
  ofPlane: PlaneOptions = {},
): Promise<TenantProxy> {
  const tenancy = await startTenancyHarness({ plane: ofPlane });
  const { plane } = tenancy;
  const proxy = await startProxyHarness(
    [`--capsule-configuration-name=${tenancy.configuration}`, '--enable-reflector', ...argv],
    plane,
  );
  const as: TenantProxy['as'] = async (user, groups = [tenancy.group]) => {
    const kubeconfig = await kubeconfigThrough(proxy, plane, { user, groups });
    const through = { kubeconfig, cluster: plane };
    const agent = await agentOf(kubeconfig);
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
      request: (method, target, more) => exchange(agent, proxy.port, { method, target, ...more }),
      open: (target, headers) => begin(agent, proxy.port, target, headers),
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

/** Connections with the client certificate of a kubeconfig. */
async function agentOf(kubeconfig: string): Promise<https.Agent> {
  const text = await readFile(kubeconfig, 'utf8');
  const part = (key: string) => {
    const [, data = ''] = new RegExp(`${key}: (.*)`).exec(text) ?? [];
    return Buffer.from(data, 'base64').toString();
  };
  return new https.Agent({
    ca: part('certificate-authority-data'),
    cert: part('client-certificate-data'),
    key: part('client-key-data'),
  });
}

async function exchange(
  agent: https.Agent,
  port: number,
  { method, target, headers = {}, body }: PersonaRequest & { method: string; target: string },
): Promise<PersonaAnswer> {
  const answer = await send(agent, port, { method, target, headers, body });
  return {
    status: answer.statusCode ?? 0,
    contentType: answer.headers['content-type'] ?? '',
    retryAfter: answer.headers['retry-after'],
    body: await textOf(answer),
  };
}

function send(
  agent: https.Agent,
  port: number,
  sent: {
    method: string;
    target: string;
    headers: Record<string, string>;
    body?: string | undefined;
  },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, target: path, body } = sent;
    // For a deletion node:http would not say it.
    const length = body !== undefined && { 'content-length': Buffer.byteLength(body) };
    const headers = { ...length, ...sent.headers };
    const request = https.request({ agent, host: '127.0.0.1', port, method, path, headers });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function begin(
  agent: https.Agent,
  port: number,
  target: string,
  headers: Record<string, string> = {},
): Promise<OpenAnswer> {
  const answer = await send(agent, port, { method: 'GET', target, headers });
  let [text, isOver] = ['', false];
  answer.setEncoding('utf8');
  answer.on('data', (piece: string) => void (text += piece));
  answer.on('error', () => {});
  answer.on('close', () => void (isOver = true));
  return {
    status: answer.statusCode ?? 0,
    text: () => text,
    isOver: () => isOver,
    close: () => void answer.destroy(),
  };
}
