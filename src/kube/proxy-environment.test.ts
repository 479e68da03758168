import { expect, test } from 'vitest';
import { proxyOf } from './proxy-environment.ts';

const proxy = 'http://proxy.example:3128';

test.each<[server: string, env: Record<string, string>, proxy: string | undefined]>([
  ['https://k8s.example', { HTTPS_PROXY: proxy }, proxy],
  ['https://k8s.example', { https_proxy: proxy }, proxy],
  ['https://k8s.example', { HTTPS_PROXY: '', https_proxy: proxy }, proxy],
  ['https://k8s.example', { HTTP_PROXY: proxy }, undefined],
  ['http://k8s.example', { HTTP_PROXY: proxy }, proxy],
  ['https://k8s.example', {}, undefined],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
  ['nonsense', { HTTPS_PROXY: proxy }, undefined],
])('%s with %j', (server, env, expected) => {
  expect(proxyOf(server, env)).toBe(expected);
});

test.each<[rule: string, server: string, covered: boolean]>([
  ['*', 'https://anything', true],
  ['k8s.example', 'https://k8s.example', true],
  ['K8S.example', 'https://k8s.EXAMPLE', true],
  ['k8s.example', 'https://api.k8s.example', true],
  ['k8s.example', 'https://notk8s.example', false],
  ['.k8s.example', 'https://api.k8s.example', true],
  ['.k8s.example', 'https://k8s.example', false],
  ['*.k8s.example', 'https://api.k8s.example', true],
  ['k8s.example:6443', 'https://k8s.example:6443', true],
  ['k8s.example:443', 'https://k8s.example', true],
  ['k8s.example:80', 'http://k8s.example', true],
  ['k8s.example:6443', 'https://k8s.example', false],
  ['10.0.0.1', 'https://10.0.0.1:6443', true],
  ['10.0.0.0/8', 'https://10.96.0.1', true],
  ['10.0.0.0/8', 'https://11.0.0.1', false],
  ['10.0.0.0/8', 'https://ten.example', false],
  ['10.0.0.0/99', 'https://10.0.0.1', false],
  ['10.0.0.0/', 'https://10.0.0.1', false],
  ['fd00::/8', 'https://[fd00::1]:6443', true],
  ['fd00::1', 'https://[fd00::1]:6443', true],
  ['[fd00::1]:6443', 'https://[fd00::1]:6443', true],
  ['fd00::/8', 'https://10.0.0.1', false],
  ['other,, k8s.example ', 'https://k8s.example', true],
  ['', 'https://k8s.example', false],
  ['0.1', 'https://10.0.0.0.1.example', false],
])('NO_PROXY=%s and %s', (rule, server, covered) => {
  const env = { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: rule };
  expect(proxyOf(server, env)).toBe(covered ? undefined : proxy);
});
