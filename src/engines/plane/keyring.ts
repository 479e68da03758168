import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  createAuthority,
  issueClient,
  issueServer,
  readAuthority,
  type Authority,
  type Subject,
} from '../../base/certificate.ts';

/** Paths of a certificate and its key. */
export interface KeyedFiles {
  cert: string;
  key: string;
}

/**
 * Everything a plane proves identities with, as files readable by their owner only. Made at the
 * first start in a folder and kept: a kubeconfig outlives a restart.
 */
export interface Keyring {
  authority: Authority;
  authorityFiles: KeyedFiles;
  /** Serves the API server, etcd and etcd's peers; also what the API server shows to etcd. */
  server: KeyedFiles;
  /** Signs ServiceAccount tokens. */
  serviceAccountKey: string;
  /** A client certificate for this user, issued once per user. */
  client(subject: Subject): Promise<KeyedFiles>;
}

const serverNames = [
  '127.0.0.1',
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

export async function openKeyring(folder: string): Promise<Keyring> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = (name: string): KeyedFiles => ({
    cert: path.join(folder, `${name}.crt`),
    key: path.join(folder, `${name}.key`),
  });
  const authority = await openAuthority(files('ca'));

  async function once(name: string, make: () => { certPem: string; keyPem: string }) {
    const pair = files(name);
    if ((await readIfThere(pair.cert)) === undefined) {
      const { certPem, keyPem } = make();
      await write(pair.key, keyPem);
      await write(pair.cert, certPem);
    }
    return pair;
  }

  return {
    authority,
    authorityFiles: files('ca'),
    server: await once('server', () => issueServer(authority, serverNames)),
    serviceAccountKey: await openServiceAccountKey(path.join(folder, 'service-account.key')),
    client: (subject) => once(fileName(subject), () => issueClient(authority, subject)),
  };
}

async function openAuthority(files: KeyedFiles): Promise<Authority> {
  const certPem = await readIfThere(files.cert);
  if (certPem === undefined) {
    const authority = createAuthority(authorityName);
    await write(files.key, authority.keyPem);
    await write(files.cert, authority.certPem);
    return authority;
  }
  return readAuthority({ certPem, keyPem: await readFile(files.key, 'utf8') });
}

const authorityName = 'tenantry-plane';

/** RSA, as the API server's discovery document and every token library know it. */
async function openServiceAccountKey(file: string): Promise<string> {
  if ((await readIfThere(file)) === undefined) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await write(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  return file;
}

/** User and group names hold slashes, and may differ in case alone; file names must not. */
function fileName({ commonName, organizations = [] }: Subject): string {
  const names = JSON.stringify([commonName, ...organizations]);
  return `client-${createHash('sha256').update(names).digest('hex').slice(0, 32)}`;
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function write(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
}
