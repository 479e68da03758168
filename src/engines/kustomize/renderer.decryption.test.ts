import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encrypted, plain, sopsKey } from '../../../test/support/sops-fixtures.ts';
import { KeyServiceError, type Decryption } from '../sops/key-service.ts';
import { startRenderer, type TestRenderer } from './__fixtures__/renderer.ts';
import { aliasBomb, configMap, engineBuildMs } from '../render/__fixtures__/engine.ts';
import type { TarFiles } from '../render/__fixtures__/tarball.ts';

let renderer: TestRenderer;
beforeAll(async () => {
  renderer = await startRenderer();
}, engineBuildMs);
afterAll(() => renderer?.pool.close());

const decryption = (keys: Partial<Decryption> = {}): Decryption => ({
  age: [],
  pgp: [],
  unwrap: ({ service }) =>
    Promise.reject(new KeyServiceError('refused', `${service} did not answer`)),
  ...keys,
});
const team = decryption({ age: [sopsKey('team.agekey')] });
const secretOf = (render: { objects: readonly object[] }) =>
  render.objects.find((object) => 'kind' in object && object.kind === 'Secret') as {
    data?: Record<string, string>;
    stringData?: Record<string, string>;
  };
const generated = async (files: TarFiles, generator: string, keys = team) => {
  const kustomization = `generatorOptions: {disableNameSuffixHash: true}\nsecretGenerator:\n- name: made\n  ${generator}\n`;
  const all = { ...files, 'kustomization.yaml': kustomization };
  const { data = {} } = secretOf(await renderer.files(all, { decryption: keys }));
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
};

/** Comments keep their place better here than there. */
const withoutComments = (text = '') => text.replace(/^ *# .*\n| # .*$/gm, '');

describe('files of generators come out as the sops command decrypts them', () => {
  test.each(['values.yaml', 'values.json', 'values.env', 'values.ini', 'blob.txt'])(
    '%s',
    async (name) => {
      const data = await generated({ [name]: encrypted(name) }, `files: [${name}]`);
      expect(withoutComments(data[name])).toBe(withoutComments(plain(name)));
    },
  );

  test('a registry login, under the key that Kubernetes wants', async () => {
    const data = await generated(
      { 'auth.txt': encrypted('auth.dockerconfigjson') },
      'files: [.dockerconfigjson=auth.txt]',
    );
    expect(data['.dockerconfigjson']).toBe(plain('auth.dockerconfigjson'));
  });

  test('a format the key does not tell', async () => {
    const data = await generated({ 'a.yaml': encrypted('values.yaml') }, 'files: [config=a.yaml]');
    expect(withoutComments(data['config'])).toBe(withoutComments(plain('values.yaml')));
  });

  test('an env file, also without a name that says so', async () => {
    const files = { 'login.txt': encrypted('values.env') };
    const data = await generated(files, 'envs: [login.txt]');
    expect(data).toEqual({ USER: 'admin', PASSWORD: 'dotenv-pass word', KEY: 'a\\nb', EMPTY: '' });
  });

  test('below a base, and of a ConfigMap', async () => {
    const files = {
      'base/values.env': encrypted('values.env'),
      'base/kustomization.yaml': 'configMapGenerator: [{ name: made, envs: [values.env] }]',
      'kustomization.yaml': 'resources: [base]',
    };
    const { objects } = await renderer.files(files, { decryption: team });
    expect(objects[0]?.['data']).toMatchObject({ USER: 'admin' });
  });

  test('a patch', async () => {
    const files = {
      'a.yaml': configMap('patched', 'key: old'),
      'patch.yaml': encrypted('patch.yaml'),
      'kustomization.yaml': 'resources: [a.yaml]\npatches: [{ path: patch.yaml }]',
    };
    const { objects } = await renderer.files(files, { decryption: team });
    expect(objects[0]?.['data']).toEqual({ key: 'patched-value' });
  });

  test('what is not encrypted stays as it is', async () => {
    const data = await generated({ 'a.env': 'mac=1\nsops=2\n' }, 'files: [a.env]');
    expect(data['a.env']).toBe('mac=1\nsops=2\n');
  });
});

describe('objects', () => {
  const password = { password: 'correct-horse-battery', port: '5432' };

  test.each<[string, Partial<Decryption>]>([
    ['secret.yaml', { age: [sopsKey('team.agekey')] }],
    ['pgp.yaml', { pgp: [sopsKey('team.asc')] }],
    ['shamir.yaml', { age: [sopsKey('team.agekey'), sopsKey('other.agekey')] }],
    ['shamir.yaml', { age: [sopsKey('other.agekey')], pgp: [sopsKey('team.asc')] }],
  ])('%s', async (name, keys) => {
    const files = { 'a.yaml': encrypted(name) };
    const { objects } = await renderer.files(files, { decryption: decryption(keys) });
    expect(objects).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'database' },
        stringData: password,
      },
    ]);
  });

  test('after transformers, and before substitution', async () => {
    const files = { 'a.yaml': encrypted('secret.yaml') };
    const { objects } = await renderer.files(files, {
      decryption: team,
      spec: { targetNamespace: 'oil', commonMetadata: { labels: { a: 'b' } } },
      substitution: { variables: { x: 'y' }, strict: true },
    });
    const metadata = { name: 'database', namespace: 'oil', labels: { a: 'b' } };
    expect(objects[0]).toMatchObject({ metadata, stringData: password });
  });

  test('of other kinds, by the rule of the file', async () => {
    const files = { 'a.yaml': encrypted('config.yaml') };
    const { objects } = await renderer.files(files, { decryption: team });
    expect(objects[0]?.['data']).toEqual({ open: 'visible', private_key: 'configmap-private' });
    expect(objects[0]).not.toHaveProperty('sops');
  });

  test('encrypted values in the data of a Secret', async () => {
    const value = Buffer.from(encrypted('values.yaml')).toString('base64');
    const secret = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {values.yaml: ${value}, other: YQ==}\n`;
    const made = secretOf(await renderer.files({ 'a.yaml': secret }, { decryption: team }));
    const opened = Buffer.from(made.data?.['values.yaml'] ?? '', 'base64').toString();
    expect(withoutComments(opened)).toBe(withoutComments(plain('values.yaml')));
    expect(made.data?.['other']).toBe('YQ==');
  });

  test.each(['annotations', 'labels'])('that want to stay encrypted stay, by %s', async (map) => {
    const annotated = encrypted('config.yaml').replace(
      'name: partly',
      `name: partly\n    ${map}: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}`,
    );
    const { objects } = await renderer.files({ 'a.yaml': annotated }, { decryption: team });
    expect(objects[0]).toHaveProperty('sops');
  });
});

describe('hostile files', () => {
  const withValues = (values: string) => {
    const files = { 'a.yaml': `${encrypted('values.yaml').split('\n---\n')[0]}\n${values}` };
    const kustomization = 'secretGenerator: [{ name: made, files: [a.yaml] }]';
    return { ...files, 'kustomization.yaml': kustomization };
  };

  test.each<[string, string]>([
    ['a value within itself', 'x_unencrypted: &x [*x]\n'],
    ['aliases that multiply', `x_unencrypted:\n${aliasBomb().replace(/^/gm, '  ')}`],
    ['nesting without end', `x_unencrypted: ${'['.repeat(5000)}${']'.repeat(5000)}\n`],
  ])(
    '%s end in a refusal, not the process',
    async (_, values) => {
      const said = await renderer.failure(withValues(values), { decryption: team });
      expect(said).toMatch(/^decryption-failed: cannot decrypt a.yaml: it/);
    },
    // A build that goes on gives way to whatever else runs here.
    90_000,
  );

  test('metadata of any shape is refused or read', async () => {
    const shapes = [
      '7',
      '[]',
      '{mac: "ENC["}',
      '{mac: "ENC[", age: 7}',
      '{mac: "ENC[", age: [{enc: x}]}',
    ];
    const threshold = '{mac: "ENC[", shamir_threshold: 9, age: [{enc: x}], key_groups: [{}, {}]}';
    for (const shape of [...shapes, threshold, '{mac: "ENC[", encrypted_regex: "(", age: [{}]}']) {
      const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nsops: ${shape}\n`;
      const said = await renderer.failure({ 'a.yaml': text }, { decryption: team });
      expect(said).toMatch(/^(decryption-failed|key-unavailable|not-decrypted): /);
    }
  });

  test('a PGP message or age file of garbage opens nothing', async () => {
    const garbage = encrypted('secret.yaml').replaceAll(/^( +)[A-Za-z0-9+/]{40,}=*$/gm, '$1AAAA');
    const said = await renderer.failure({ 'a.yaml': garbage }, { decryption: team });
    expect(said).toMatch(/^key-unavailable: /);
  });
});

describe('digests of what was decrypted', () => {
  const files = (name: string) => ({ 'a.yaml': encrypted(name) });
  const digestOf = async (name: string, keys = team) =>
    (await renderer.files(files(name), { decryption: keys })).digest;

  test('are the same again, and tell nothing to who can only guess the content', async () => {
    const decrypted = await digestOf('secret.yaml');
    expect(await digestOf('secret.yaml')).toBe(decrypted);
    const manifest = plain('secret.yaml');
    expect((await renderer.files({ 'a.yaml': manifest })).digest).not.toBe(decrypted);
    // The same content under another data key.
    const other = decryption({ age: [sopsKey('other.agekey')] });
    expect(await digestOf('other.yaml', other)).not.toBe(decrypted);
  });

  test('are as ever where nothing was encrypted', async () => {
    const plainFiles = { 'a.yaml': configMap('a', 'k: v') };
    const without = await renderer.files(plainFiles);
    expect((await renderer.files(plainFiles, { decryption: team })).digest).toBe(without.digest);
  });
});

describe('failures say what to change', () => {
  const fails = (
    keys: Partial<Decryption>,
    files: TarFiles = { 'a.yaml': encrypted('secret.yaml') },
  ) => renderer.failure(files, { decryption: decryption(keys) });

  test.each<[string, Partial<Decryption>, RegExp]>([
    [
      'another key',
      { age: [sopsKey('other.agekey')] },
      /^key-unavailable: cannot decrypt Secret\/database: none of the keys at hand opens it; it is encrypted for age1\w+$/,
    ],
    ['no age key', { age: ['hunter2'] }, /^bad-key: the age key is malformed[^]*AGE-SECRET-KEY-$/],
    ['no PGP key', { pgp: ['hunter2'] }, /^bad-key: the PGP key is malformed/],
    ['a public key', { pgp: [sopsKey('public.asc')] }, /^bad-key: the PGP key is a public key/],
    ['a locked key', { pgp: [sopsKey('locked.asc')] }, /^bad-key: the PGP key has a passphrase/],
  ])('%s', async (_, keys, message) => {
    const said = await fails(keys);
    expect(said).toMatch(message);
    expect(said).not.toContain('hunter2');
  });

  test('too few of several key groups', async () => {
    const files = { 'a.yaml': encrypted('shamir.yaml') };
    expect(await fails({ age: [sopsKey('team.agekey')] }, files)).toMatch(/^key-unavailable: /);
  });

  test('a value that was moved', async () => {
    const moved = encrypted('secret.yaml').replace('    port:', '    moved:');
    expect(await fails(team, { 'a.yaml': moved })).toBe(
      'decryption-failed: cannot decrypt Secret/database: stringData.moved: was changed or moved since it was encrypted; encrypt the file again',
    );
  });

  test('a value that is not encrypted and should be', async () => {
    const added = encrypted('secret.yaml').replace('    port:', '    added: hunter2\n    port:');
    const said = await fails(team, { 'a.yaml': added });
    expect(said).toMatch(/stringData.added: should be encrypted and is not$/);
  });

  test('more than 5 MiB', async () => {
    const padded = `${encrypted('values.env')}#${'x'.repeat(5 << 20)}\n`;
    const kustomization = 'secretGenerator: [{ name: made, envs: [a.env] }]';
    const said = await fails(team, { 'a.env': padded, 'kustomization.yaml': kustomization });
    expect(said).toMatch(/^decryption-failed: cannot decrypt a.env: it has \d+ bytes, more than/);
  });

  test('a Secret that nobody decrypts', async () => {
    const files = { 'a.yaml': encrypted('secret.yaml') };
    expect(await renderer.failure(files)).toMatch(
      /^not-decrypted: Secret\/database is encrypted with SOPS: set spec\.decryption/,
    );
  });
});
