import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { startScriptedServer, type SeenRequest } from './scripted-server.ts';
import type { WrapDataKey } from './sops-encrypt.ts';

/** A Vault with a transit engine that encrypts for real, and a login for ServiceAccounts. */
export interface VaultServer extends AsyncDisposable {
  address: string;
  /** A token that may use every key. */
  token: string;
  seen: SeenRequest[];
  /** Wraps data keys with a key of its transit engine. */
  wrap(keyName?: string): WrapDataKey;
  /** How it answers: as itself, not at all, or with this status and these words. */
  mood: 'well' | 'silent' | { status: number; body: string };
}

/** Tells whose token it is that a login shows; undefined: nobody's. */
export type ReviewToken = (jwt: string, audience: string) => Promise<string | undefined>;

/** Starts it; `review` is asked about logins, which are at `auth/kubernetes/login`. */
export async function startVault(review?: ReviewToken): Promise<VaultServer> {
  const key = randomBytes(32);
  const tokens = new Set([`hvs.${randomBytes(12).toString('hex')}`]);
  const [token = ''] = tokens;
  const server = await startScriptedServer(async (request, response) => {
    if (vault.mood === 'silent') return;
    const answer = vault.mood === 'well' ? await answerTo(request) : undefined;
    if (vault.mood !== 'well') {
      response.writeHead(vault.mood.status).end(vault.mood.body);
    } else if (answer) {
      response.writeHead(200).end(JSON.stringify(answer));
    } else {
      response.writeHead(403).end('{"errors":["permission denied"]}');
    }
  });

  async function answerTo(request: SeenRequest): Promise<object | undefined> {
    const body = JSON.parse(request.body) as Record<string, string>;
    if (request.url === '/v1/auth/kubernetes/login') return logIn(body);
    const shown = server.valuesOf(request, 'x-vault-token')[0] ?? '';
    const [, name = ''] = /^\/v1\/transit\/decrypt\/(.+)$/.exec(request.url) ?? [];
    if (request.method !== 'PUT' || !tokens.has(shown) || name === '') return undefined;
    const plaintext = open(body['ciphertext'] ?? '', name);
    return plaintext === undefined ? undefined : { data: { plaintext } };
  }

  async function logIn({ role, jwt }: Record<string, string>): Promise<object | undefined> {
    const user = await review?.(jwt ?? '', vault.address);
    const [, , namespace, name] = user?.split(':') ?? [];
    if (!name || role !== `${namespace}_${name}`) return undefined;
    const fresh = `hvs.${randomBytes(12).toString('hex')}`;
    tokens.add(fresh);
    return { auth: { client_token: fresh } };
  }

  function open(text: string, name: string): string | undefined {
    const bytes = Buffer.from(text.replace(/^vault:v1:/, ''), 'base64');
    const [iv, tag, data] = [bytes.subarray(0, 12), bytes.subarray(12, 28), bytes.subarray(28)];
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
    try {
      const opened = Buffer.concat([decipher.setAuthTag(tag).update(data), decipher.final()]);
      return opened.toString('base64');
    } catch {
      return undefined;
    }
  }

  const vault: VaultServer = {
    address: server.url,
    token,
    seen: server.seen,
    mood: 'well',
    wrap:
      (keyName = 'sops') =>
      (dataKey) => {
        const iv = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(keyName));
        const data = Buffer.concat([cipher.update(dataKey), cipher.final()]);
        const bytes = Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64');
        const where = { vault_address: server.url, engine_path: 'transit', key_name: keyName };
        return { service: 'hc_vault', fields: { ...where, enc: `vault:v1:${bytes}` } };
      },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return vault;
}
