import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createGitBench, gitErrorOf, readTree } from '../../../test/support/git-engine.ts';
import type { GitFault } from '../../../test/support/git-server-http.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

const ref = { branch: 'main' };

/** Does not compress, so that a transfer takes many packets. */
function noise(length: number): string {
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  return Array.from({ length }, () => String.fromCodePoint(33 + (next() % 90))).join('');
}

async function start() {
  const server = await bench.server();
  await server.createRepo('fleet', { 'a.yaml': 'a', big: noise(200_000) });
  const git = await bench.engine();
  return { server, git, url: server.url('fleet') };
}

describe('a server that', () => {
  test.each<[string, GitFault, string]>([
    ['answers 500', { kind: 'status', status: 500 }, 'server-error'],
    ['answers 503', { kind: 'status', status: 503 }, 'server-error'],
    ['answers 429', { kind: 'status', status: 429 }, 'server-error'],
    ['answers 403', { kind: 'status', status: 403 }, 'authentication-failed'],
    ['answers 404', { kind: 'status', status: 404 }, 'not-found'],
    ['answers with something else', { kind: 'status', status: 200 }, 'unsupported'],
    ['stalls', { kind: 'stall' }, 'timeout'],
    ['hangs up', { kind: 'truncate', afterBytes: 0 }, 'unreachable'],
    ['hangs up in the middle', { kind: 'truncate', afterBytes: 30 }, 'unreachable'],
  ])('%s is reported, and forgiven when it recovers', async (_, fault, expected) => {
    const { server, git, url } = await start();
    server.fault(fault);
    const { code, message } = await gitErrorOf(git.resolve({ url, ref, timeoutMs: 2000 }));
    expect([code, message]).toEqual([expected, expect.stringContaining(url)]);
    server.heal();
    expect((await git.resolve({ url, ref })).revision).toMatch(/^main@sha1:/);
  });

  test.each<[string, GitFault, string]>([
    ['answers 500', { kind: 'status', status: 500, on: ['fetch'] }, 'server-error'],
    ['stalls', { kind: 'stall', on: ['fetch'] }, 'timeout'],
    ['stops sending', { kind: 'truncate', afterBytes: 100_000, on: ['fetch'] }, 'unreachable'],
    ['sends nothing', { kind: 'truncate', afterBytes: 0, on: ['fetch'] }, 'unreachable'],
  ])('%s during the transfer leaves nothing behind', async (_, fault, expected) => {
    const { server, git, url } = await start();
    const tip = await git.resolve({ url, ref });
    server.fault(fault);
    const { code } = await gitErrorOf(git.fetch({ tip, timeoutMs: 2000 }));
    expect(code).toBe(expected);
    expect(await leftovers(git.root)).toEqual([]);
    server.heal();
    await using tree = await git.fetch({ tip });
    expect((await readTree(tree))['a.yaml']).toBe('a');
  });

  test('is not there is unreachable', async () => {
    const { server, git, url } = await start();
    await server.stop();
    expect((await gitErrorOf(git.resolve({ url, ref }))).code).toBe('unreachable');
    const { code, message } = await gitErrorOf(
      git.resolve({ url: 'https://no-such-host.invalid/x.git', ref }),
    );
    expect(`${code}: ${message}`).toMatch(/^unreachable: .*no-such-host\.invalid/);
  });

  test('does not speak HTTP is unreachable', async () => {
    const liar = createServer((socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.0\r\n'));
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
    bench.defer(() => new Promise((resolve) => liar.close(resolve)));
    const { port } = liar.address() as AddressInfo;
    const git = await bench.engine();
    const { code } = await gitErrorOf(git.resolve({ url: `http://127.0.0.1:${port}/x`, ref }));
    expect(code).toBe('unreachable');
  });
});

/** Lock files, half packs and secrets below the engine's directory. */
async function leftovers(root: string): Promise<string[]> {
  const files = await readdir(root, { recursive: true });
  return files.filter((file) => /\.lock$|tmp_|incoming|\/op-/.test(file));
}

describe('the caller', () => {
  test('aborts: the process group is gone, and the reason is passed on', async () => {
    const { server, git, url } = await start();
    const tip = await git.resolve({ url, ref });
    server.fault({ kind: 'stall', on: ['fetch'] });
    const stop = new AbortController();
    const work = git.fetch({ tip, signal: stop.signal });
    work.catch(() => {});
    await vi.waitFor(() => expect(server.count('fetch')).toBe(1), 10_000);
    stop.abort(new Error('shutting down'));
    await expect(work).rejects.toThrow('shutting down');
    expect(await leftovers(git.root)).toEqual([]);
  });

  test('who aborts does not take along who waits for the same', async () => {
    const { server, git, url } = await start();
    const tip = await git.resolve({ url, ref });
    server.fault({ kind: 'stall', on: ['fetch'] });
    const stop = new AbortController();
    const impatient = git.fetch({ tip, signal: stop.signal });
    impatient.catch(() => {});
    await vi.waitFor(() => expect(server.count('fetch')).toBe(1), 10_000);
    const patient = git.fetch({ tip });
    const waiting = git.fetch({ tip, signal: stop.signal });
    waiting.catch(() => {});
    server.heal();
    stop.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    await expect(waiting).rejects.toThrow('gone');
    await using tree = await patient;
    expect((await readTree(tree))['a.yaml']).toBe('a');
    expect(server.count('fetch')).toBe(2);
  });

  test('who has aborted already starts nothing', async () => {
    const { server, git, url } = await start();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(git.resolve({ url, ref, signal })).rejects.toThrow('too late');
    expect(server.requests).toEqual([]);
  });
});

const { PATH } = process.env;
afterEach(() => {
  process.env['PATH'] = PATH;
});

test('a full disk is named, and forgotten once there is room', async () => {
  const { git, url } = await start();
  const tip = await git.resolve({ url, ref });
  // No file may grow beyond a block: what a full volume is to a writer (EFBIG for ENOSPC).
  const directory = await bench.directory();
  const script = `#!/bin/sh\nPATH='${PATH}'\ntrap '' XFSZ\nulimit -f 20\nexec git "$@"\n`;
  await writeFile(path.join(directory, 'git'), script, { mode: 0o755 });
  process.env['PATH'] = `${directory}:${PATH}`;
  const { code, message } = await gitErrorOf(git.fetch({ tip }));
  expect(`${code}: ${message}`).toMatch(/^disk-full: .*no space left/);
  expect(await leftovers(git.root)).toEqual([]);
  process.env['PATH'] = PATH;
  await using tree = await git.fetch({ tip });
  expect((await readTree(tree))['a.yaml']).toBe('a');
});

describe('without git', () => {
  test('the message says what to install', async () => {
    const { git, url } = await start();
    process.env['PATH'] = await bench.directory();
    const { code, message } = await gitErrorOf(git.resolve({ url, ref }));
    expect(`${code}: ${message}`).toMatch(/^git-missing: .*install Git 2\.34 or newer/);
    process.env['PATH'] = PATH;
    // It was installed meanwhile.
    expect((await git.resolve({ url, ref })).revision).toMatch(/^main@/);
  });

  test('one that is too old is refused', async () => {
    const directory = await bench.directory();
    const script = `#!${process.execPath}\nconsole.log('git version 2.33.9');\n`;
    await writeFile(path.join(directory, 'git'), script, { mode: 0o755 });
    const git = await bench.engine();
    process.env['PATH'] = directory;
    const { code, message } = await gitErrorOf(git.resolve({ url: 'http://127.0.0.1:1/x', ref }));
    expect(`${code}: ${message}`).toMatch(/^git-missing: .*2\.33\.9.*too old/);
  });
});
