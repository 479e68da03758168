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
  /** What the annotations of a ServiceAccount say for it to be known; see {@link Federation}. */
  annotations: Record<string, string>;
}

/** Whom the cloud trusts instead of a secret: tells whose token is shown, undefined if nobody's. */
export interface Federation {
  review(token: string, audience: string): Promise<string | undefined>;
  /** Whether that user has an identity in the cloud. */
  isKnown(user: string): boolean;
}

const nobody: Federation = { review: () => Promise.resolve(undefined), isKnown: () => false };

async function isTrusted({ review, isKnown }: Federation, token: string, audience: string) {
  const user = await review(token, audience);
  return user !== undefined && isKnown(user);
}

const json = (text: string) => JSON.parse(text) as Record<string, string>;
const header = (server: ScriptedServer, request: SeenRequest, name: string) =>
  server.valuesOf(request, name)[0] ?? '';

/** A server that answers what `answer` gives, and 400 if that is nothing or fails. */
function startCloud(
  answer: (
    request: SeenRequest,
    server: ScriptedServer,
  ) => object | undefined | Promise<object | undefined>,
) {
  const starting = startScriptedServer(async (request, response) => {
    const server = await starting;
    let found: object | undefined;
    try {
      found = await answer(request, server);
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
export async function startAwsKms(federation = nobody): Promise<CloudServer> {
  const box = createBox();
  const credentials = {
    aws_access_key_id: 'AKIDEXAMPLE',
    aws_secret_access_key: randomBytes(20).toString('hex'),
    aws_session_token: randomBytes(20).toString('hex'),
  };
  const arn = 'arn:aws:kms:eu-west-1:123456789012:key/throw-away';
  const role = 'arn:aws:iam::123456789012:role/sops';
  const annotations = { 'eks.amazonaws.com/role-arn': role };
  const assume = async ({ body }: SeenRequest) => {
    const form = Object.fromEntries(new URLSearchParams(body));
    const { Action, Version, RoleArn, RoleSessionName = '', WebIdentityToken = '' } = form;
    const isAsked = Action === 'AssumeRoleWithWebIdentity' && Version === '2011-06-15';
    if (!isAsked || RoleArn !== role || !/^[\w+=,.@-]{2,64}$/.test(RoleSessionName))
      return undefined;
    if (!(await isTrusted(federation, WebIdentityToken, 'sts.amazonaws.com'))) return undefined;
    const Credentials = {
      AccessKeyId: credentials.aws_access_key_id,
      SecretAccessKey: credentials.aws_secret_access_key,
      SessionToken: credentials.aws_session_token,
    };
    const AssumeRoleWithWebIdentityResult = { Credentials };
    return { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult } };
  };
  const server = await startCloud((request, self) => {
    if (request.url === '/sts/') return assume(request);
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
  return { ...server, credentials, wrap, annotations };
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
export async function startGcpKms(federation = nobody): Promise<CloudServer> {
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
  const provider = 'projects/1/locations/global/workloadIdentityPools/fleet/providers/cluster';
  const federated = randomBytes(12).toString('hex');
  const annotations = {
    'gcp.auth.fluxcd.io/workload-identity-provider': provider,
    'iam.gke.io/gcp-service-account': credentials.client_email,
  };
  const exchange = async ({ body }: SeenRequest) => {
    const { audience, subjectToken = '', grantType, subjectTokenType } = json(body);
    const isAsked =
      grantType === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
      subjectTokenType === 'urn:ietf:params:oauth:token-type:jwt' &&
      audience === `//iam.googleapis.com/${provider}`;
    const isGood = isAsked && (await isTrusted(federation, subjectToken, audience));
    return isGood ? { access_token: federated } : undefined;
  };
  const isBearer = (request: SeenRequest, self: ScriptedServer, wanted: string) =>
    header(self, request, 'authorization') === `Bearer ${wanted}`;
  const byKey = ({ body }: SeenRequest, self: ScriptedServer) => {
    const assertion = new URLSearchParams(body).get('assertion') ?? '';
    const [head, claims = '', signature = ''] = assertion.split('.');
    const verifier = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    if (!verifier.verify(publicKey, signature, 'base64url')) return undefined;
    const { iss, aud } = json(Buffer.from(claims, 'base64url').toString());
    const isGood = iss === credentials.client_email && aud === `${self.url}/token`;
    return isGood ? { access_token: token } : undefined;
  };
  const decrypt = (request: SeenRequest, self: ScriptedServer) => {
    if (!isBearer(request, self, token)) return undefined;
    const { ciphertext = '' } = json(request.body);
    return { plaintext: box.open(ciphertext).toString('base64') };
  };
  const server = await startCloud((request, self) => {
    if (request.url === '/v1/token') return exchange(request);
    if (request.url === '/token') return byKey(request, self);
    if (request.url === `/v1/${resource}:decrypt`) return decrypt(request, self);
    const account = `/v1/projects/-/serviceAccounts/${credentials.client_email}:generateAccessToken`;
    const isAccount = request.url === account && isBearer(request, self, federated);
    return isAccount ? { accessToken: token } : undefined;
  });
  const wrap: WrapDataKey = (dataKey) => ({
    service: 'gcp_kms',
    fields: { resource_id: resource, enc: box.seal(dataKey) },
  });
  return { ...server, credentials, wrap, annotations };
}

/** An Azure Key Vault and the login it trusts. */
export async function startAzureKeyVault(federation = nobody): Promise<CloudServer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const credentials = { tenantId: 'directory', clientId: 'app', clientSecret: 'client-secret' };
  const token = randomBytes(12).toString('hex');
  const annotations = {
    'azure.workload.identity/tenant-id': credentials.tenantId,
    'azure.workload.identity/client-id': credentials.clientId,
  };
  const bearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const logIn = async ({ body }: SeenRequest) => {
    const form = Object.fromEntries(new URLSearchParams(body));
    if (form['client_id'] !== 'app' || form['scope'] !== 'https://vault.azure.net/.default')
      return undefined;
    const assertion = form['client_assertion_type'] === bearer ? form['client_assertion'] : '';
    const isGood =
      form['client_secret'] === credentials.clientSecret ||
      (await isTrusted(federation, assertion ?? '', 'api://AzureADTokenExchange'));
    return isGood ? { access_token: token } : undefined;
  };
  const server = await startCloud((request, self) => {
    if (request.url === '/directory/oauth2/v2.0/token') return logIn(request);
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
  return { ...server, credentials, wrap, annotations };
}
