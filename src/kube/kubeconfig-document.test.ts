import { describe, expect, test } from 'vitest';
import {
  KubeconfigError,
  mergeKubeconfigs,
  parseKubeconfig,
  selectContext,
} from './kubeconfig-document.ts';

const config = `
apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c1
  cluster:
    server: https://one.example:6443
    certificate-authority: ca.crt
    tls-server-name: api.one
    unknown-field: x
- name: c2
  cluster: {server: "https://two.example", insecure-skip-tls-verify: true, proxy-url: "http://proxy:3128"}
- name: c1
  cluster: {server: "https://second-of-a-name.example"}
contexts:
- {name: one, context: {cluster: c1, user: u1, namespace: apps}}
- {name: two, context: {cluster: c2, user: u2}}
- {name: bare, context: {cluster: c1}}
- {name: 7, context: {cluster: c1, user: u1}}
- {name: lost-cluster, context: {cluster: nowhere, user: u1}}
- {name: lost-user, context: {cluster: c1, user: nobody}}
users:
- {name: u1, user: {token: t0p, client-certificate: pki/me.crt, client-key: /abs/me.key}}
- {name: u2, user: {username: bob, password: "1"}}
`;

describe('parseKubeconfig', () => {
  const document = parseKubeconfig(config, '/home/op/.kube');

  test('reads the current context, with paths relative to the file', () => {
    expect(selectContext(document)).toEqual({
      cluster: {
        server: 'https://one.example:6443',
        certificateAuthority: '/home/op/.kube/ca.crt',
        tlsServerName: 'api.one',
      },
      user: {
        token: 't0p',
        clientCertificate: '/home/op/.kube/pki/me.crt',
        clientKey: '/abs/me.key',
      },
      namespace: 'apps',
    });
  });

  test('reads another context by name', () => {
    expect(selectContext(document, 'two')).toEqual({
      cluster: {
        server: 'https://two.example',
        insecureSkipTlsVerify: true,
        proxyUrl: 'http://proxy:3128',
      },
      user: { username: 'bob', password: '1' },
      namespace: 'default',
    });
    expect(selectContext(document, 'bare').user).toEqual({});
    expect(selectContext(document, '7').user.token).toBe('t0p');
  });

  test.each([
    ['nowhere', 'NoContext'],
    ['lost-cluster', 'Invalid'],
    ['lost-user', 'Invalid'],
    ['__proto__', 'NoContext'],
  ])('context %s is refused', (name, code) => {
    expect(() => selectContext(document, name)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('reads exec, resolving a command with a slash and no other', () => {
    const exec = (command: string) =>
      parseKubeconfig(
        JSON.stringify({
          users: [
            {
              name: 'u',
              user: {
                exec: {
                  apiVersion: 'client.authentication.k8s.io/v1',
                  command,
                  args: ['--x', 1],
                  env: [{ name: 'A', value: 'b' }, { name: '__proto__', value: 'x' }, 'odd'],
                },
              },
            },
          ],
        }),
        '/k',
      ).users.get('u')?.exec;
    expect(exec('./bin/auth')?.command).toBe('/k/bin/auth');
    expect(exec('aws')).toMatchObject({ command: 'aws', args: ['--x', '1'] });
    expect(Object.keys(exec('aws')?.env ?? {})).toEqual(['A', '__proto__']);
  });

  test.each([
    ['not YAML', 'a: [', /not YAML/],
    ['a list', '[]', /not a YAML mapping/],
    ['nothing', '', /not a YAML mapping/],
    ['another kind', 'kind: Secret', /not "Secret"/],
    ['entries without a name', 'users: [{user: {}}]', /has no name/],
    ['no list of clusters', 'clusters: {}', /not a list/],
    ['an entry that is none', 'clusters: [{name: a, cluster: 7}]', /not a mapping/],
    ['a context without cluster', 'contexts: [{name: a, context: {}}]', /no cluster/],
    ['exec without command', 'users: [{name: a, user: {exec: {}}}]', /no command/],
    ['a document of megabytes', `# ${'x'.repeat(2_000_000)}`, /too large/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseKubeconfig(text)).toThrow(message);
    expect(() => parseKubeconfig(text)).toThrow(KubeconfigError);
  });

  test('tells nothing of what a broken document holds', () => {
    const broken = 'users:\n- name: u\n  user:\n    token: s3cr3t-t0ken\n   bad: [';
    expect(() => parseKubeconfig(broken)).toThrow(/^(?!.*s3cr3t).*$/s);
  });

  test('an alias bomb is refused', () => {
    const level = (n: number) =>
      `a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]`;
    const bomb = ['a0: &a0 [x]', ...Array.from({ length: 9 }, (_, i) => level(i + 1))].join('\n');
    expect(() => parseKubeconfig(bomb)).toThrow(KubeconfigError);
  });
});

test('of merged files the first to name something has it', () => {
  const first = parseKubeconfig('users: [{name: u, user: {token: first}}]', '/a');
  const second = parseKubeconfig(
    'current-context: x\nusers: [{name: u, user: {token: second}}, {name: v, user: {tokenFile: t}}]',
    '/b',
  );
  const third = parseKubeconfig('current-context: y');
  const merged = mergeKubeconfigs([first, second, third]);
  expect(merged.currentContext).toBe('x');
  expect(merged.users.get('u')).toEqual({ token: 'first' });
  expect(merged.users.get('v')).toEqual({ tokenFile: '/b/t' });
});
