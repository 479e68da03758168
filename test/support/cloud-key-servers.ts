import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createVerify,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { startScriptedServer, type ScriptedServer, type SeenRequest } from './scripted-server.ts';
import type { WrapDataKey } from './sops-encrypt.ts';

/** A key service of a cloud on loopback: it checks who asks as the cloud does, and really decrypts. */
export interface CloudServer extends AsyncDisposable {
  url: string;
  /** What a Secret holds to be known to it. */
  credentials: Record<string, string>;
  seen: SeenRequest[];
  wrap: WrapDataKey;
}

const json = (text: string) => JSON.parse(text) as Record<string, string>;
const header = (server: ScriptedServer, request: SeenRequest, name: string) =>
  server.valuesOf(request, name)[0] ?? '';

/** A server that answers what `answer` gives, and 400 if that is nothing or fails. */
function startCloud(answer: (request: SeenRequest, server: ScriptedServer) => object | undefined) {
  const starting = startScriptedServer(async (request, response) => {
    const server = await starting;
    let found: object | undefined;
    try {
      found = answer(request, server);
    } catch {
      found = undefined;
    }
    const body = found ?? { message: 'canary-of-an-answer' };
    response.writeHead(found ? 200 : 400).end(JSON.stringify(body));
  });
  return starting;
}

/** Encrypts with a key that stays here. */
function createBox() {
  const key = randomBytes(32);
  return {
    seal(plain: Buffer): string {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const data = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64');
    },
    open(sealed: string): Buffer {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    },
  };
}

/** AWS KMS, which checks the signature of each request. */
export async function startAwsKms(): Promise<CloudServer> {
  const box = createBox();
  const credentials = {
    aws_access_key_id: 'AKIDEXAMPLE',
    aws_secret_access_key: randomBytes(20).toString('hex'),
    aws_session_token: randomBytes(20).toString('hex'),
  };
  const arn = 'arn:aws:kms:eu-west-1:123456789012:key/throw-away';
  const server = await startCloud((request, self) => {
    const expected = signatureOf(request, self, credentials.aws_secret_access_key);
    if (!header(self, request, 'authorization').endsWith(`Signature=${expected}`)) return undefined;
    if (header(self, request, 'x-amz-security-token') !== credentials.aws_session_token)
      return undefined;
    const { KeyId, CiphertextBlob = '', EncryptionContext } = json(request.body);
    if (KeyId !== arn || JSON.stringify(EncryptionContext) !== '{"app":"web"}') return undefined;
    return { KeyId, Plaintext: box.open(CiphertextBlob).toString('base64') };
  });
  const wrap: WrapDataKey = (dataKey) => ({
    service: 'kms',
    fields: { arn, context: { app: 'web' }, enc: box.seal(dataKey), aws_profile: '' },
  });
  return { ...server, credentials, wrap };
}

function signatureOf(request: SeenRequest, server: ScriptedServer, secret: string): string {
  const given = header(server, request, 'authorization');
  const [, scope = '', names = ''] =
    /Credential=AKIDEXAMPLE\/([^,]+), SignedHeaders=([^,]+),/.exec(given) ?? [];
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const lines = names.split(';').map((name) => `${name}:${header(server, request, name)}\n`);
  const canonical = `POST\n/\n\n${lines.join('')}\n${names}\n${sha256(request.body)}`;
  const time = header(server, request, 'x-amz-date');
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(toSign).digest('hex');
}

/** GCP KMS and the token service it trusts. */
export async function startGcpKms(): Promise<CloudServer> {
  const box = createBox();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const credentials = {
    type: 'service_account',
    client_email: 'sops@example.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    token_uri: 'http://127.0.0.1:1/not-asked',
  };
  const token = randomBytes(12).toString('hex');
  const resource = 'projects/p/locations/global/keyRings/r/cryptoKeys/k';
  const server = await startCloud((request, self) => {
    if (request.url === '/token') {
      const assertion = new URLSearchParams(request.body).get('assertion') ?? '';
      const [head, claims = '', signature = ''] = assertion.split('.');
      const verifier = createVerify('RSA-SHA256').update(`${head}.${claims}`);
      if (!verifier.verify(publicKey, signature, 'base64url')) return undefined;
      const { iss, aud } = json(Buffer.from(claims, 'base64url').toString());
      const isGood = iss === credentials.client_email && aud === `${self.url}/token`;
      return isGood ? { access_token: token } : undefined;
    }
    if (header(self, request, 'authorization') !== `Bearer ${token}`) return undefined;
    if (request.url !== `/v1/${resource}:decrypt`) return undefined;
    const { ciphertext = '' } = json(request.body);
    return { plaintext: box.open(ciphertext).toString('base64') };
  });
  const wrap: WrapDataKey = (dataKey) => ({
    service: 'gcp_kms',
    fields: { resource_id: resource, enc: box.seal(dataKey) },
  });
  return { ...server, credentials, wrap };
}

/** An Azure Key Vault and the login it trusts. */
export async function startAzureKeyVault(): Promise<CloudServer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const credentials = { tenantId: 'directory', clientId: 'app', clientSecret: 'client-secret' };
  const token = randomBytes(12).toString('hex');
  const server = await startCloud((request, self) => {
    if (request.url === '/directory/oauth2/v2.0/token') {
      const form = Object.fromEntries(new URLSearchParams(request.body));
      const isGood =
        form['client_secret'] === credentials.clientSecret && form['client_id'] === 'app';
      return isGood && form['scope'] === 'https://vault.azure.net/.default'
        ? { access_token: token }
        : undefined;
    }
    if (header(self, request, 'authorization') !== `Bearer ${token}`) return undefined;
    if (request.url !== '/keys/sops/v1/decrypt?api-version=7.4') return undefined;
    const { alg, value = '' } = json(request.body);
    if (alg !== 'RSA-OAEP-256') return undefined;
    const opened = privateDecrypt({ key: privateKey, ...padding }, Buffer.from(value, 'base64url'));
    return { value: opened.toString('base64url') };
  });
  const wrap: WrapDataKey = (dataKey) => ({
    service: 'azure_kv',
    fields: {
      vault_url: server.url,
      name: 'sops',
      version: 'v1',
      enc: publicEncrypt({ key: publicKey, ...padding }, dataKey).toString('base64url'),
    },
  });
  return { ...server, credentials, wrap };
}
