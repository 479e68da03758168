import { describe, expect, test } from 'vitest';
import {
  startAwsKms,
  startAzureKeyVault,
  startGcpKms,
} from '../../../test/support/cloud-key-servers.ts';
import { startScriptedServer } from '../../../test/support/scripted-server.ts';
import type { WrapDataKey } from '../../../test/support/sops-encrypt.ts';
import { startVault } from '../../../test/support/vault-server.ts';
import { tokenBySecret } from '../cloud/azure-token.ts';
import { tokenByKey } from '../cloud/google-token.ts';
import { createAskService, type AskOptions } from './ask-service.ts';
import { createAwsKmsService } from './aws-kms.ts';
import { createAzureKeyVaultService } from './azure-key-vault.ts';
import { parseCredentials } from './credentials.ts';
import { createGcpKmsService } from './gcp-kms.ts';
import { KeyServiceError, type KeyServiceName, type WrappedKey } from './key-service.ts';
import { createVaultService } from './vault.ts';

const addresses = { allowLoopback: true, allowLinkLocal: false };
const ask = createAskService({ addresses });
const { signal } = new AbortController();
const now = () => new Date();
const dataKey = Buffer.from('0123456789abcdef0123456789abcdef');

async function wrapped(wrap: WrapDataKey, change: object = {}): Promise<WrappedKey> {
  const { service, fields } = await wrap(dataKey);
  return { id: 'x', service: service as KeyServiceName, fields: { ...fields, ...change } };
}
const failure = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(KeyServiceError);
  const { code, message } = error as KeyServiceError;
  expect(message).not.toMatch(/canary|hvs\./);
  return `${code}: ${message}`;
};

describe('Vault', () => {
  const serviceOf = (vault: { token: string }, options: Partial<AskOptions> = {}) =>
    createVaultService(createAskService({ addresses, ...options }), () =>
      Promise.resolve(vault.token),
    );

  test('unwraps what its transit engine wrapped', async () => {
    await using vault = await startVault();
    const key = await wrapped(vault.wrap());
    expect(await serviceOf(vault)(key, signal)).toEqual(dataKey);
  });

  test('a refusal is told without what it said', async () => {
    await using vault = await startVault();
    vault.mood = { status: 500, body: '{"errors":["canary"]}' };
    const key = await wrapped(vault.wrap());
    expect(await failure(serviceOf(vault)(key, signal))).toBe(
      `refused: Vault ${vault.address} answered 500`,
    );
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', 'canary', /^refused: Vault .* did not answer as a key service does$/],
    ['no plaintext', '{"data":{"canary":1}}', /did not answer as a key service does$/],
    ['far too much', `{"data":"${'x'.repeat(70_000)}"}`, /did not answer as a key service does$/],
  ])('an answer with %s', async (_, body, message) => {
    await using vault = await startVault();
    vault.mood = { status: 200, body };
    const key = await wrapped(vault.wrap());
    expect(await failure(serviceOf(vault)(key, signal))).toMatch(message);
  });

  test('silence ends', async () => {
    await using vault = await startVault();
    vault.mood = 'silent';
    const key = await wrapped(vault.wrap());
    const said = await failure(serviceOf(vault, { timeoutMs: 50 })(key, signal));
    expect(said).toBe(`unreachable: Vault ${vault.address} did not answer within 0.05 s`);
  });

  test('a redirect is not followed', async () => {
    await using elsewhere = await startVault();
    await using vault = await startScriptedServer((_, response) => {
      response.writeHead(307, { location: elsewhere.address }).end();
    });
    const key = await wrapped(elsewhere.wrap(), { vault_address: vault.url });
    expect(await failure(serviceOf(elsewhere)(key, signal))).toMatch(/answered 307$/);
    expect(elsewhere.seen).toEqual([]);
  });

  test.each([
    ['this machine', 'http://127.0.0.1:8200', false],
    ['this machine, by name', 'http://localhost:8200', false],
    ['the metadata of a cloud', 'http://169.254.169.254', true],
    ['the same as IPv6', 'http://[::ffff:169.254.169.254]', true],
  ])('%s is not asked', async (_, address, allowLoopback) => {
    await using vault = await startVault();
    const strict = { addresses: { allowLoopback, allowLinkLocal: false } };
    const key = await wrapped(vault.wrap(), { vault_address: address });
    expect(await failure(serviceOf(vault, strict)(key, signal))).toMatch(
      /^unreachable: the host .* has a loopback, link-local or metadata address/,
    );
  });

  test.each([
    ['no address', { vault_address: undefined }],
    ['an address that is none', { vault_address: 'vault' }],
    ['a path that climbs', { engine_path: '../sys' }],
    ['a file', { vault_address: 'file:///etc/passwd' }],
    ['a password in its address', { vault_address: 'http://a:canary@127.0.0.1' }],
    ['no ciphertext', { enc: 7 }],
  ])('a key with %s is malformed', async (_, change) => {
    await using vault = await startVault();
    const key = await wrapped(vault.wrap(), change);
    expect(await failure(serviceOf(vault)(key, signal))).toMatch(/^malformed: /);
    expect(vault.seen).toEqual([]);
  });

  test('a key name stays within its path', async () => {
    await using vault = await startVault();
    const key = await wrapped(vault.wrap(), { key_name: 'a?b#c/../d' });
    await failure(serviceOf(vault)(key, signal));
    expect(vault.seen.map(({ url }) => url)).toEqual([]);
  });
});

describe('clouds', () => {
  test('AWS KMS, with a signature it accepts', async () => {
    await using aws = await startAwsKms();
    const unwrap = (credentials: Record<string, string>) =>
      createAwsKmsService(ask, {
        credentials: () => Promise.resolve(credentials),
        now,
        endpoint: () => `${aws.url}/`,
      });
    const key = await wrapped(aws.wrap);
    expect(await unwrap(aws.credentials)(key, signal)).toEqual(dataKey);
    const forged = { ...aws.credentials, aws_secret_access_key: 'canary' };
    expect(await failure(unwrap(forged)(key, signal))).toMatch(
      /^refused: AWS KMS .* answered 400$/,
    );
    expect(await failure(unwrap({})(key, signal))).toMatch(/lacks aws_access_key_id, aws_secret/);
    for (const change of [{ arn: 'arn:aws:s3:x' }, { role: 'arn:aws:iam::1:role/r' }]) {
      await failure(unwrap(aws.credentials)(await wrapped(aws.wrap, change), signal));
    }
  });

  test('GCP KMS, with a statement its token service accepts, asked once', async () => {
    await using gcp = await startGcpKms();
    const unwrap = (credentials: Record<string, string>) =>
      createGcpKmsService(ask, {
        token: tokenByKey(ask, { credentials, now, tokenUrl: `${gcp.url}/token` }),
        endpoint: gcp.url,
      });
    const service = unwrap(gcp.credentials);
    const key = await wrapped(gcp.wrap);
    expect(await service(key, signal)).toEqual(dataKey);
    expect(await service(key, signal)).toEqual(dataKey);
    expect(gcp.seen.map(({ url }) => url.split('/').at(-1))).toEqual([
      'token',
      'k:decrypt',
      'k:decrypt',
    ]);
    const broken = { ...gcp.credentials, private_key: 'canary' };
    expect(await failure(unwrap(broken)(key, signal))).toMatch(/malformed private_key$/);
    const climbing = await wrapped(gcp.wrap, { resource_id: '../../x' });
    expect(await failure(service(climbing, signal))).toMatch(/^malformed: /);
  });

  test('Azure Key Vault, in either spelling of its credentials', async () => {
    await using azure = await startAzureKeyVault();
    const serviceOf = (credentials: Record<string, string>) =>
      createAzureKeyVaultService(ask, {
        token: tokenBySecret(ask, credentials, azure.url),
        isVault: (url: URL) => url.origin === azure.url,
      });
    const key = await wrapped(azure.wrap);
    const { tenantId = '', clientId = '', clientSecret = '' } = azure.credentials;
    const spellings = [
      azure.credentials,
      { tenant: tenantId, appId: clientId, password: clientSecret },
    ];
    for (const credentials of spellings) {
      expect(await serviceOf(credentials)(key, signal)).toEqual(dataKey);
    }
    const wrong = { ...azure.credentials, clientSecret: 'canary' };
    expect(await failure(serviceOf(wrong)(key, signal))).toBe(
      'refused: the login of Azure answered 400',
    );
  });

  test('a key of Azure that makes no sense asks for no token, which nobody would wait for', async () => {
    await using azure = await startAzureKeyVault();
    const asked: string[] = [];
    const service = createAzureKeyVaultService(ask, {
      token: (scope) => {
        asked.push(scope);
        return Promise.reject(new Error('canary'));
      },
      isVault: () => true,
    });
    const key = await wrapped(azure.wrap, { name: undefined });
    expect(await failure(service(key, signal))).toMatch(/^malformed: /);
    expect(asked).toEqual([]);
  });

  test.each([
    'http://example.org',
    'https://vault.azure.net.example.org',
    'http://team.vault.azure.net',
  ])('a token of Azure is not sent to %s', async (vault_url) => {
    await using azure = await startAzureKeyVault();
    const token = tokenBySecret(ask, azure.credentials, azure.url);
    const service = createAzureKeyVaultService(ask, { token });
    const key = await wrapped(azure.wrap, { vault_url });
    expect(await failure(service(key, signal))).toMatch(/^malformed: .* no Azure Key Vault$/);
    expect(azure.seen).toEqual([]);
  });
});

test.each(['', '- a', 'canary: [', 'canary'])(
  'credentials in %j are refused unseen',
  async (text) => {
    const work = Promise.resolve().then(() => parseCredentials('sops.aws-kms', text));
    expect(await failure(work)).toMatch(/^no-credentials: sops.aws-kms is not YAML or JSON/);
  },
);
