import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildNative, type BuildOptions } from './build-native.ts';
import type { BuildProgress } from './build-progress.ts';
import { atLeast, goEnvironment } from './go-tool.ts';
import { readRecipe } from './native-program.ts';

/** Builds the runtime of a fresh machine's Go, too. */
const buildTimeout = 180_000;

let work: string;
let options: BuildOptions & { folder: string; root: string };
beforeEach(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'build-native-'));
  options = { folder: path.join(work, 'module'), root: path.join(work, 'cache') };
  await mkdir(options.folder);
  await writeFile(path.join(options.folder, 'go.mod'), 'module example.test/hello\n\ngo 1.21.0\n');
  await writeMain('println("hello")');
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function writeMain(body: string): Promise<void> {
  const main = `package main\n\nfunc main() { ${body} }\n`;
  await writeFile(path.join(options.folder, 'main.go'), main);
}

/** A folder whose only program is a `go` that answers every command with this script. */
async function fakeGo(script: string): Promise<string> {
  const bin = await mkdtemp(path.join(work, 'bin-'));
  await writeFile(path.join(bin, 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(bin, 'go'), 0o755);
  return bin;
}

describe('building a native program', () => {
  test(
    'builds it once, shows how, and finds it the next time',
    { timeout: buildTimeout },
    async () => {
      const progress: BuildProgress[] = [];
      const file = await buildNative('engine', {
        ...options,
        onProgress: (step) => progress.push(step),
      });
      expect((await promisify(execFile)(file)).stderr).toBe('hello\n');
      const phases = [...new Set(progress.map(({ phase }) => phase))];
      expect(phases[0]).toBe('fetching');
      expect(phases.at(-1)).toBe('done');
      expect(
        progress.every(({ done, total, phase }) => phase !== 'compiling' || done < total),
      ).toBe(true);

      const again: BuildProgress[] = [];
      const second = await buildNative('engine', {
        ...options,
        onProgress: (step) => again.push(step),
      });
      expect(second).toBe(file);
      expect(again).toEqual([]);
      expect(await readdir(path.join(options.root, 'native', 'engine'))).toHaveLength(1);
    },
  );

  test('builds again when a file changed', { timeout: buildTimeout }, async () => {
    const before = await buildNative('engine', options);
    await writeMain('println("changed")');
    const after = await buildNative('engine', options);
    expect(after).not.toBe(before);
    expect((await promisify(execFile)(after)).stderr).toBe('changed\n');
  });

  test('lets processes that build at once share one build', { timeout: buildTimeout }, async () => {
    const module = path.join(import.meta.dirname, 'build-native.ts');
    const script = `
      import { buildNative } from ${JSON.stringify(module)};
      let last = '';
      const onProgress = ({ phase }) => (last = phase);
      console.log(await buildNative('engine', { ...${JSON.stringify(options)}, onProgress }));
      console.log(last);`;
    const builders = Array.from({ length: 3 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      const [file = '', last = ''] = output.split('\n');
      return { file, last };
    });
    const results = await Promise.all(builders);
    expect(new Set(results.map(({ file }) => file)).size).toBe(1);
    expect(results.filter(({ last }) => last === 'done')).toHaveLength(1);
  });

  test('ends with the compiler’s complaint', { timeout: buildTimeout }, async () => {
    await writeMain('undefinedFunction()');
    const build = buildNative('engine', options);
    await expect(build).rejects.toMatchObject({ code: 'build-failed' });
    await expect(build).rejects.toThrow(/main\.go:3:\d+: undefined: undefinedFunction/);
    expect(await readdir(path.join(options.root, 'native', 'engine'))).toEqual([]);
  });

  test('stops when told to, and leaves nothing behind', { timeout: buildTimeout }, async () => {
    const stop = new AbortController();
    const build = buildNative('engine', {
      ...options,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(build).rejects.toThrow('aborted');
    expect(await readdir(path.join(options.root, 'native', 'engine'))).toEqual([]);
  });
});

describe('the Go that builds it', () => {
  test('is asked for by version when it is missing', async () => {
    const env = { ...process.env, PATH: work };
    const build = buildNative('engine', { ...options, env });
    await expect(build).rejects.toMatchObject({ code: 'go-missing' });
    await expect(build).rejects.toThrow('needs Go 1.21.0 or newer');
  });

  test('is not needed for what is cached', { timeout: buildTimeout }, async () => {
    const built = await buildNative('engine', options);
    const env = { ...process.env, PATH: work };
    expect(await buildNative('engine', { ...options, env })).toBe(built);
  });

  test('is asked for by version when it is too old and says so', async () => {
    const PATH = await fakeGo('echo go1.20.5');
    const build = buildNative('engine', { ...options, env: { ...process.env, PATH } });
    await expect(build).rejects.toMatchObject({ code: 'go-too-old' });
    await expect(build).rejects.toThrow('Go 1.20.5 is too old');
    await expect(build).rejects.toThrow('needs Go 1.21.0 or newer');
  });

  test('is asked for by version when it refuses the module', async () => {
    const PATH = await fakeGo('[ "$GOTOOLCHAIN" = local ] && echo go1.22.1 || exit 1');
    const build = buildNative('engine', { ...options, env: { ...process.env, PATH } });
    await expect(build).rejects.toThrow('Go 1.22.1 is too old');
  });

  test.each([
    ['go1.26.8', '1.26.0', true],
    ['go1.26.0', '1.26.0', true],
    ['go1.26', '1.26.0', true],
    ['go1.27rc1', '1.26.0', true],
    ['go2.0', '1.26.0', true],
    ['go1.25.99', '1.26.0', false],
    ['go1.3', '1.26.0', false],
    ['devel', '1.26.0', false],
  ])('%s for %s: %s', (version, required, enough) => {
    expect(atLeast(version, required)).toBe(enough);
  });

  test('gets what it needs of the environment and no secrets', () => {
    const env = goEnvironment({
      PATH: '/bin',
      HOME: '/home/x',
      GOPROXY: 'https://proxy',
      HTTPS_PROXY: 'http://proxy',
      GOFLAGS: '-mod=vendor',
      GITHUB_TOKEN: 'secret',
      NODE_OPTIONS: '--inspect',
    });
    expect(env).toEqual({
      PATH: '/bin',
      HOME: '/home/x',
      GOPROXY: 'https://proxy',
      HTTPS_PROXY: 'http://proxy',
      GOFLAGS: '-mod=readonly',
      GOWORK: 'off',
      CGO_ENABLED: '0',
    });
  });
});

test('the plane is stamped with the version of Kubernetes it requires', async () => {
  const { linkFlags, goVersion } = await readRecipe('plane');
  expect(goVersion).toMatch(/^1\.\d+\.\d+$/);
  expect(linkFlags.join(' ')).toMatch(
    /-X=k8s\.io\/component-base\/version\.gitVersion=v1\.36\.3 .*gitMinor=36/,
  );
});
