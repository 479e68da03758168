import { expect, test } from 'vitest';
import { environmentProxy } from './environment-proxy.ts';
import { parseRemoteUrl } from './remote-url.ts';

const all = { HTTPS_PROXY: 'http://secure:1', http_proxy: 'plain:2', HTTP_PROXY: 'ignored' };
const proxyOf = (url: string, environment: Record<string, string>) =>
  environmentProxy(parseRemoteUrl(url), environment)?.url;

test.each([
  ['https://h/x', all, 'http://secure:1'],
  ['http://h/x', all, 'http://plain:2'],
  ['ssh://h/x', all, undefined],
  ['https://h/x', { ALL_PROXY: 'socks5://s:3' }, 'socks5://s:3'],
  ['https://h/x', {}, undefined],
  ['https://h/x', { https_proxy: '' }, undefined],
])('%s with %j goes through %s', (url, environment, expected) => {
  expect(proxyOf(url, environment)).toBe(expected);
});

test.each([
  ['*', true],
  ['example.com', true],
  ['.example.com', true],
  ['*.example.com', true],
  ['git.example.com:8443', true],
  ['git.example.com:443', false],
  ['xample.com', false],
  ['com', true],
  ['other.com, example.com', true],
  ['', false],
])('no_proxy %j exempts git.example.com:8443: %s', (noProxy, isExempt) => {
  const environment = { https_proxy: 'http://p:1', NO_PROXY: noProxy };
  const used = proxyOf('https://git.example.com:8443/x', environment);
  expect(used === undefined).toBe(isExempt);
});

test.each([
  ['10.0.0.0/8', 'https://10.1.2.3/x', true],
  ['10.1.2.3', 'https://10.1.2.3/x', true],
  ['10.1.2.3:443', 'https://10.1.2.3/x', true],
  ['10.1.2.3:80', 'https://10.1.2.3/x', false],
  ['10.0.0.0/33', 'https://10.1.2.3/x', false],
  ['nonsense/8', 'https://10.1.2.3/x', false],
  ['[::1]', 'https://[::1]/x', true],
  ['fd00::/8', 'https://[fd12::1]/x', true],
  ['10.0.0.0/8', 'https://[fd12::1]/x', false],
])('no_proxy %s exempts %s: %s', (noProxy, url, isExempt) => {
  const used = proxyOf(url, { https_proxy: 'http://p:1', no_proxy: noProxy });
  expect(used === undefined).toBe(isExempt);
});
