import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { systemClock, type Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { withAuthorityFile } from './authority-file.ts';
import { fixedCredential, type ClusterConfig, type CredentialSource } from './cluster-config.ts';
import { execCredential } from './exec-credential.ts';
import { inClusterConfig, isInCluster } from './in-cluster.ts';
import {
  KubeconfigError,
  mergeKubeconfigs,
  parseKubeconfig,
  selectContext,
  type ClusterEntry,
  type KubeconfigDocument,
  type SelectedContext,
  type UserEntry,
} from './kubeconfig-document.ts';
import { proxyOf } from './proxy-environment.ts';
import { fileToken } from './token-file.ts';

export interface LoadOptions {
  /** Files to merge, as of `--kubeconfig`; each must exist. Default: see {@link loadKubeconfig}. */
  paths?: readonly string[];
  /** Context to use instead of `current-context`. */
  context?: string;
  env?: Readonly<Record<string, string | undefined>>;
  clock?: Clock;
}

/**
 * The operator's own way to a cluster: the given files, else those of `KUBECONFIG`, else the pod's
 * ServiceAccount, else `~/.kube/config`. Exec plugins and files named in it are trusted; a tenant's
 * kubeconfig goes through kubeconfig-policy.ts instead.
 *
 * @throws KubeconfigError
 */
export async function loadKubeconfig(options: LoadOptions = {}): Promise<ClusterConfig> {
  const { env = process.env, context, clock = systemClock } = options;
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter(Boolean);
  if (options.paths === undefined && listed.length === 0 && isInCluster(env)) {
    return await inClusterConfig({ env, clock });
  }
  const fallback =
    listed.length > 0 ? listed : [path.join(env['HOME'] ?? homedir(), '.kube/config')];
  const paths = options.paths ?? fallback;
  const documents = await Promise.all(
    paths.map((file) => readDocument(file, { optional: options.paths === undefined })),
  );
  const present = documents.filter((document) => document !== undefined);
  if (present.length === 0) {
    throw new KubeconfigError('Unreadable', `no kubeconfig found at ${paths.join(', ')}`);
  }
  return await clusterConfigOf(selectContext(mergeKubeconfigs(present), context), { clock, env });
}

/**
 * What a context says, with its files read.
 *
 * @throws KubeconfigError Invalid for what we do not support: legacy auth providers, impersonation
 * (the own client acts as nobody else), SOCKS proxies.
 */
export async function clusterConfigOf(
  { cluster, user, namespace }: SelectedContext,
  { clock, env }: { clock: Clock; env: NonNullable<LoadOptions['env']> },
): Promise<ClusterConfig> {
  const ca = await pem(cluster, 'certificateAuthority', 'certificateAuthorityData');
  const server = checkUrl(cluster.server, 'server');
  const proxyUrl = cluster.proxyUrl ?? proxyOf(server, env);
  const credentials = await credentialsOf(user, { cluster, ca, clock, env });
  const { certificateAuthority: file, certificateAuthorityData } = cluster;
  const isFollowed =
    ca !== undefined && file !== undefined && certificateAuthorityData === undefined;
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(cluster.tlsServerName === undefined ? {} : { tlsServerName: cluster.tlsServerName }),
    ...(cluster.insecureSkipTlsVerify === true ? { insecureSkipTlsVerify: true } : {}),
    ...(proxyUrl === undefined ? {} : { proxyUrl: checkUrl(proxyUrl, 'proxy-url') }),
    namespace,
    credentials: isFollowed ? withAuthorityFile(credentials, { file, ca, clock }) : credentials,
  };
}

async function credentialsOf(
  user: UserEntry,
  context: {
    cluster: ClusterEntry;
    ca: string | undefined;
    clock: Clock;
    env: NonNullable<LoadOptions['env']>;
  },
): Promise<CredentialSource> {
  if (user.authProvider !== undefined) {
    throw new KubeconfigError(
      'Invalid',
      `auth provider '${user.authProvider}' is not supported; use its exec plugin`,
    );
  }
  if (user.impersonates) {
    throw new KubeconfigError('Invalid', 'a kubeconfig may not ask for impersonation');
  }
  const certificate = await certificateOf(user);
  if (user.tokenFile !== undefined) {
    return fileToken(user.tokenFile, { clock: context.clock, ...certificate });
  }
  const authorization = authorizationOf(user);
  if (authorization !== undefined || certificate !== undefined || user.exec === undefined) {
    return fixedCredential({ ...certificate, ...(authorization && { authorization }) });
  }
  return execCredential(user.exec, context);
}

function authorizationOf({ token, username, password }: UserEntry): string | undefined {
  if (token !== undefined) return `Bearer ${checkToken(token)}`;
  if (username === undefined && password === undefined) return undefined;
  const pair = `${username ?? ''}:${password ?? ''}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function checkToken(token: string): string {
  const clean = token.trim();
  if (/^[\x21-\x7e]+$/.test(clean)) return clean;
  throw new KubeconfigError('Invalid', 'the token holds characters a header cannot carry');
}

async function certificateOf(
  user: UserEntry,
): Promise<{ certificate: { cert: string; key: string } } | undefined> {
  const cert = await pem(user, 'clientCertificate', 'clientCertificateData');
  const key = await pem(user, 'clientKey', 'clientKeyData');
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { certificate: { cert, key } };
  throw new KubeconfigError('Invalid', 'a client certificate needs both certificate and key');
}

/** Inline data wins over a path, as in kubectl. */
async function pem<T extends object>(
  entry: T,
  fileField: keyof T & string,
  dataField: keyof T & string,
): Promise<string | undefined> {
  const [data, file] = [entry[dataField], entry[fileField]];
  if (typeof data === 'string') return decodePem(data, dataField);
  return typeof file === 'string' ? await readText(file) : undefined;
}

function decodePem(data: string, field: string): string {
  const text = Buffer.from(data, 'base64').toString('utf8');
  if (text.includes('-----BEGIN ')) return text;
  throw new KubeconfigError('Invalid', `${field} is not base64 of a PEM file`);
}

function checkUrl(text: string, field: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return url.href;
  throw new KubeconfigError('Invalid', `${field} is not an http(s) URL`);
}

async function readDocument(
  file: string,
  { optional }: { optional: boolean },
): Promise<KubeconfigDocument | undefined> {
  try {
    return parseKubeconfig(await readText(file), path.dirname(path.resolve(file)));
  } catch (error) {
    const missing = error instanceof KubeconfigError && error.code === 'Unreadable';
    if (optional && missing) return undefined;
    throw error;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new KubeconfigError('Unreadable', `cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
