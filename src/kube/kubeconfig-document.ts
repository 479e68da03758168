import path from 'node:path';
import { CodedError, messageOf } from '../base/errors.ts';
import { parseYaml } from '../base/yaml.ts';
import { isRecord } from '../base/json.ts';

/** A kubeconfig that cannot be used; the message says which entry and why, and holds no secret. */
export class KubeconfigError extends CodedError<
  'Unreadable' | 'Invalid' | 'NoContext' | 'Refused'
> {}

/** A `clusters[].cluster` entry. Paths are absolute. */
export interface ClusterEntry {
  server: string;
  certificateAuthority?: string;
  certificateAuthorityData?: string;
  insecureSkipTlsVerify?: boolean;
  tlsServerName?: string;
  proxyUrl?: string;
  /** `extensions`' client.authentication.k8s.io/exec: handed to an exec plugin that asks. */
  execConfig?: unknown;
}

/** A `users[].user.exec` entry. */
export interface ExecEntry {
  apiVersion: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  provideClusterInfo: boolean;
  interactiveMode: string;
  installHint: string;
}

/** A `users[].user` entry. Paths are absolute. */
export interface UserEntry {
  clientCertificate?: string;
  clientCertificateData?: string;
  clientKey?: string;
  clientKeyData?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: ExecEntry;
  /** Present when the entry asks for impersonation (`as`, `as-uid`, `as-groups`, `as-user-extra`). */
  impersonates?: true;
  /** Name of a legacy auth provider. */
  authProvider?: string;
}

interface ContextEntry {
  cluster: string;
  user: string;
  namespace?: string;
}

/** A kubeconfig file, or several merged. */
export interface KubeconfigDocument {
  clusters: Map<string, ClusterEntry>;
  users: Map<string, UserEntry>;
  contexts: Map<string, ContextEntry>;
  currentContext?: string;
}

/** What one context refers to. */
export interface SelectedContext {
  cluster: ClusterEntry;
  user: UserEntry;
  namespace: string;
}

const maxBytes = 1024 * 1024;

/**
 * Parses a kubeconfig (YAML or JSON); relative paths in it are relative to `folder`. Fields that
 * are not understood are left out, as kubectl does.
 *
 * @throws KubeconfigError Invalid
 */
export function parseKubeconfig(text: string, folder = '/'): KubeconfigDocument {
  if (text.length > maxBytes) throw new KubeconfigError('Invalid', 'the kubeconfig is too large');
  const document = parseDocument(text);
  const kind = document['kind'];
  if (kind !== undefined && kind !== '' && kind !== 'Config') {
    throw new KubeconfigError(
      'Invalid',
      `a kubeconfig has kind Config, not ${JSON.stringify(kind)}`,
    );
  }
  const current = string(document, 'current-context');
  return {
    clusters: named(document, 'clusters', 'cluster', (entry) => parseCluster(entry, folder)),
    users: named(document, 'users', 'user', (entry) => parseUser(entry, folder)),
    contexts: named(document, 'contexts', 'context', parseContext),
    ...(current === undefined ? {} : { currentContext: current }),
  };
}

/** Merges files as kubectl does: the first to name something has it. */
export function mergeKubeconfigs(documents: readonly KubeconfigDocument[]): KubeconfigDocument {
  const reversed = documents.toReversed();
  const current = documents.find(({ currentContext }) => currentContext !== undefined);
  return {
    clusters: new Map(reversed.flatMap(({ clusters }) => [...clusters])),
    users: new Map(reversed.flatMap(({ users }) => [...users])),
    contexts: new Map(reversed.flatMap(({ contexts }) => [...contexts])),
    ...(current?.currentContext === undefined ? {} : { currentContext: current.currentContext }),
  };
}

/** The named context, or the current one. @throws KubeconfigError NoContext, Invalid */
export function selectContext(document: KubeconfigDocument, name?: string): SelectedContext {
  const wanted = name ?? document.currentContext;
  if (wanted === undefined) {
    throw new KubeconfigError('NoContext', 'the kubeconfig has no current-context');
  }
  const context = document.contexts.get(wanted);
  if (!context) throw new KubeconfigError('NoContext', `the kubeconfig has no context '${wanted}'`);
  const cluster = document.clusters.get(context.cluster);
  if (!cluster) {
    throw new KubeconfigError('Invalid', `context '${wanted}' names no known cluster`);
  }
  const user = context.user === '' ? {} : document.users.get(context.user);
  if (!user) throw new KubeconfigError('Invalid', `context '${wanted}' names no known user`);
  return { cluster, user, namespace: context.namespace ?? 'default' };
}

function parseDocument(text: string): Record<string, unknown> {
  try {
    const value = parseYaml(text);
    if (isRecord(value)) return value;
  } catch (error) {
    // The parser's message quotes lines, which may hold credentials.
    const line = /at line \d+/.exec(messageOf(error))?.[0] ?? '';
    throw new KubeconfigError('Invalid', `the kubeconfig is not YAML ${line}`.trim());
  }
  throw new KubeconfigError('Invalid', 'the kubeconfig is not a YAML mapping');
}

/** `[{ name, [field]: … }]` as a map; the first of equal names counts. */
function named<T>(
  document: Record<string, unknown>,
  list: string,
  field: string,
  parse: (entry: Record<string, unknown>, name: string) => T,
): Map<string, T> {
  const entries = document[list] ?? [];
  if (!Array.isArray(entries)) throw new KubeconfigError('Invalid', `'${list}' is not a list`);
  const map = new Map<string, T>();
  for (const item of entries) {
    const name = isRecord(item) ? string(item, 'name') : undefined;
    if (!isRecord(item) || name === undefined) {
      throw new KubeconfigError('Invalid', `an entry of '${list}' has no name`);
    }
    const entry = item[field] ?? {};
    if (!isRecord(entry))
      throw new KubeconfigError('Invalid', `${field} '${name}' is not a mapping`);
    if (!map.has(name)) map.set(name, parse(entry, name));
  }
  return map;
}

function parseCluster(entry: Record<string, unknown>, folder: string): ClusterEntry {
  const extensions = Array.isArray(entry['extensions']) ? entry['extensions'] : [];
  const exec = extensions
    .filter(isRecord)
    .find(({ name }) => name === 'client.authentication.k8s.io/exec');
  return defined<ClusterEntry>({
    server: string(entry, 'server') ?? '',
    certificateAuthority: file(entry, 'certificate-authority', folder),
    certificateAuthorityData: string(entry, 'certificate-authority-data'),
    insecureSkipTlsVerify: entry['insecure-skip-tls-verify'] === true ? true : undefined,
    tlsServerName: string(entry, 'tls-server-name'),
    proxyUrl: string(entry, 'proxy-url'),
    execConfig: exec?.['extension'],
  });
}

function parseUser(entry: Record<string, unknown>, folder: string): UserEntry {
  const provider = entry['auth-provider'];
  const exec = entry['exec'];
  const impersonates = Object.keys(entry).some((key) => key === 'as' || key.startsWith('as-'));
  return defined<UserEntry>({
    clientCertificate: file(entry, 'client-certificate', folder),
    clientCertificateData: string(entry, 'client-certificate-data'),
    clientKey: file(entry, 'client-key', folder),
    clientKeyData: string(entry, 'client-key-data'),
    token: string(entry, 'token'),
    tokenFile: file(entry, 'tokenFile', folder),
    username: string(entry, 'username'),
    password: string(entry, 'password'),
    exec: exec === undefined || exec === null ? undefined : parseExec(exec, folder),
    impersonates: impersonates ? true : undefined,
    authProvider:
      provider === undefined || provider === null
        ? undefined
        : ((isRecord(provider) ? string(provider, 'name') : undefined) ?? 'unnamed'),
  });
}

function parseExec(exec: unknown, folder: string): ExecEntry {
  if (!isRecord(exec)) throw new KubeconfigError('Invalid', "'exec' is not a mapping");
  const command = string(exec, 'command');
  if (command === undefined) throw new KubeconfigError('Invalid', "'exec' has no command");
  const env = Array.isArray(exec['env']) ? exec['env'].filter(isRecord) : [];
  const pairs = env.map((pair) => [string(pair, 'name') ?? '', string(pair, 'value') ?? '']);
  return {
    apiVersion: string(exec, 'apiVersion') ?? '',
    // A bare name is looked up in PATH; anything with a slash belongs to the kubeconfig's folder.
    command: command.includes('/') ? path.resolve(folder, command) : command,
    args: Array.isArray(exec['args']) ? exec['args'].map(String) : [],
    env: Object.fromEntries(pairs.filter(([name]) => name !== '')) as Record<string, string>,
    provideClusterInfo: exec['provideClusterInfo'] === true,
    interactiveMode: string(exec, 'interactiveMode') ?? 'IfAvailable',
    installHint: string(exec, 'installHint') ?? '',
  };
}

function parseContext(entry: Record<string, unknown>, name: string): ContextEntry {
  const cluster = string(entry, 'cluster');
  if (cluster === undefined) {
    throw new KubeconfigError('Invalid', `context '${name}' names no cluster`);
  }
  const namespace = string(entry, 'namespace');
  const context = { cluster, user: string(entry, 'user') ?? '' };
  return namespace === undefined ? context : { ...context, namespace };
}

/** A non-empty string; numbers that YAML read from an unquoted name count as text. */
function string(record: Record<string, unknown>, key: string): string | undefined {
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function file(record: Record<string, unknown>, key: string, folder: string): string | undefined {
  const value = string(record, key);
  return value === undefined ? undefined : path.resolve(folder, value);
}

function defined<T extends object>(entry: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as T;
}
