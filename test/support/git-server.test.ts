import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { gitServerEnvironment } from './git-server-repository.ts';
import { startGitServer } from './git-server.ts';
import type { GitServer, GitServerOptions } from './git-server.ts';

const servers: GitServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(options?: GitServerOptions): Promise<GitServer> {
  const server = await startGitServer(options);
  servers.push(server);
  return server;
}

async function lsRemote(url: string, ...config: string[]): Promise<string> {
  const args = config.flatMap((entry) => ['-c', entry]);
  const { stdout } = await promisify(execFile)('git', [...args, 'ls-remote', url], {
    env: gitServerEnvironment(),
    timeout: 60_000,
  });
  return stdout;
}

test('serves what was committed, and counts what was asked', async () => {
  const server = await start();
  const first = await server.createRepo('team/fleet', { 'a/b.txt': 'one\n', 'c.txt': 'two' });
  const second = await server.commit('team/fleet', {
    write: { 'with "quote".txt': 'x' },
    executable: { 'run.sh': '#!/bin/sh\n' },
    symlinks: { link: 'c.txt' },
    remove: ['a'],
    message: 'Change things',
  });
  expect(second).not.toBe(first);
  expect(await server.read('team/fleet', 'c.txt')).toBe('two');
  const { git } = server.repository('team/fleet');
  const tree = await git(['ls-tree', '-r', '--format=%(objectmode) %(path)', 'main']);
  expect(tree.split('\n')).toEqual([
    '100644 c.txt',
    '120000 link',
    '100755 run.sh',
    '100644 "with \\"quote\\".txt"',
  ]);
  const listed = await lsRemote(server.url('team/fleet'));
  expect(listed).toContain(`${second}\trefs/heads/main`);
  expect(server.count('info-refs', 'team/fleet')).toBe(1);
  expect(server.count('ls-refs')).toBe(1);
  expect(server.count('fetch')).toBe(0);
});

test('new branches start where they are told', async () => {
  const server = await start();
  const main = await server.createRepo('r', { a: '1' });
  const side = await server.commit('r', { branch: 'side', from: 'main', write: { b: '2' } });
  const { git } = server.repository('r');
  expect(await git(['rev-parse', `${side}^`])).toBe(main);
  await server.tag('r', 'v1.0.0', { target: 'side', message: 'first' });
  expect(await git(['rev-parse', 'v1.0.0^{}'])).toBe(side);
});

test('asks for credentials when told to', async () => {
  const server = await start({ auth: { basic: { username: 'u', password: 'p' } } });
  await server.createRepo('r', { a: '1' });
  await expect(lsRemote(server.url('r'))).rejects.toThrow(/terminal prompts disabled/);
  const header = `Authorization: Basic ${Buffer.from('u:p').toString('base64')}`;
  expect(await lsRemote(server.url('r'), `http.extraHeader=${header}`)).toContain(
    'refs/heads/main',
  );
});

test('breaks on demand and heals', async () => {
  const server = await start();
  await server.createRepo('r', { a: '1' });
  server.fault({ kind: 'status', status: 500 }, 'r');
  await expect(lsRemote(server.url('r'))).rejects.toThrow(/500/);
  server.heal();
  server.fault({ kind: 'truncate', afterBytes: 20, on: ['ls-refs'] });
  await expect(lsRemote(server.url('r'))).rejects.toThrow();
  server.heal();
  expect(await lsRemote(server.url('r'))).toContain('refs/heads/main');
});
