import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  configMap,
  endlessFiles,
  engineBuildMs,
  startPool,
} from '../render/__fixtures__/engine.ts';
import { packSource, type Source } from '../render/__fixtures__/tarball.ts';
import type { RenderPool } from '../render/render-pool.ts';
import { createRenderer, type Renderer, type RenderRequest } from './renderer.ts';

let pool: RenderPool;
let jobs: string[] = [];
beforeAll(async () => {
  pool = await startPool({
    metrics: { jobEnded: ({ outcome }) => outcome !== 'aborted' && jobs.push(outcome) },
  });
}, engineBuildMs);
afterAll(() => pool.close());

let salt = 0;
/** A source nobody rendered before. */
const fresh = (data = 'x: "${v}"') =>
  packSource({ 'a.yaml': configMap('a', data), 'salt.txt': `${(salt += 1)}` });

function start(cacheBytes = 8 << 20): {
  renderer: Renderer;
  render: (artifact: Source, request?: Partial<RenderRequest>) => ReturnType<Renderer['render']>;
} {
  jobs = [];
  const renderer = createRenderer({ pool, cacheBytes });
  return {
    renderer,
    render: (artifact, request) =>
      renderer.render({ artifact, path: '', spec: {}, tenant: 'a', ...request }),
  };
}

describe('the same render', () => {
  test('for a hundred tenants at once runs once', async () => {
    const { render } = start();
    const source = fresh();
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => render(source, { tenant: `tenant-${i}` })),
    );
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(1);
    expect(jobs).toEqual(['ok']);
  });

  test('later takes no engine, and gives the same frozen objects', async () => {
    const { render } = start();
    const source = fresh();
    const [first, second] = [await render(source), await render(source, { tenant: 'b' })];
    expect(second.objects[0]).toBe(first.objects[0]);
    expect(jobs).toEqual(['ok']);
    const { metadata } = first.objects[0]!;
    expect(() => Object.assign(metadata, { name: 'changed' })).toThrow(TypeError);
    expect(() => (first.objects as unknown[]).push({})).toThrow(TypeError);
  });

  test('with other variables shares the build', async () => {
    const { render } = start();
    const source = fresh();
    const render1 = (v: string) =>
      render(source, { tenant: v, substitution: { variables: { v }, strict: true } });
    const [one, two] = [await render1('one'), await render1('two')];
    expect([one.objects[0]?.['data'], two.objects[0]?.['data']]).toEqual([
      { x: 'one' },
      { x: 'two' },
    ]);
    expect(one.digest).not.toBe(two.digest);
    expect(jobs).toEqual(['ok']);
  });

  test('with a spec that differs only in what does not matter shares the build', async () => {
    const { render } = start();
    const source = fresh();
    const spec = { namePrefix: 'p-', images: [{ name: 'a', newTag: '1' }] };
    const also = { images: [{ newTag: '1', name: 'a' }], namePrefix: 'p-', interval: '5m' };
    await render(source, { spec });
    await render(source, { spec: also });
    await render(source, { spec: { ...spec, commonMetadata: { labels: { a: 'b' } } } });
    expect(jobs).toEqual(['ok']);
    await render(source, { spec: { ...spec, namePrefix: 'q-' } });
    await render(source, { spec, path: './' });
    expect(jobs).toHaveLength(3);
  });

  test('with another spec, or keys, is of the same directory, which is not inspected again', async () => {
    const answered: string[] = [];
    const watched: Pick<RenderPool, 'run'> = {
      run: (job, work) =>
        pool.run(job, (engine) => {
          const request: typeof engine.request = async (asked) => {
            const answer = await engine.request(asked);
            if (asked.op !== 'load') answered.push(asked.op);
            return answer;
          };
          return work({ ...engine, request });
        }),
    };
    const renderer = createRenderer({ pool: watched, cacheBytes: 8 << 20 });
    const artifact = packSource({
      'app/a.yaml': configMap('a'),
      'other/b.yaml': configMap('b'),
      'part/kustomization.yaml':
        'kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnamePrefix: x-\n',
      'salt.txt': `${(salt += 1)}`,
    });
    const render = async (
      path: string,
      spec: RenderRequest['spec'],
      decryption?: RenderRequest['decryption'],
    ) => {
      const { objects } = await renderer.render({ artifact, path, spec, decryption, tenant: 'a' });
      return objects.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
    };
    expect(await render('app', { targetNamespace: 'one' })).toEqual(['one/a']);
    expect(await render('app', { targetNamespace: 'two' })).toEqual(['two/a']);
    const keys = { age: [], pgp: [], unwrap: () => Promise.resolve(new Uint8Array()) };
    expect(await render('app', { targetNamespace: 'one' }, keys)).toEqual(['one/a']);
    expect(answered).toEqual(['inspect', 'build', 'build', 'build']);
    answered.length = 0;
    expect(await render('other', { targetNamespace: 'one' })).toEqual(['one/b']);
    const components = ['../part', '../none'];
    const lenient = { targetNamespace: 'one', components, ignoreMissingComponents: true };
    expect(await render('app', lenient)).toEqual(['one/x-a']);
    expect(answered).toEqual(['inspect', 'build', 'inspect', 'build']);
  });

  test('without room to keep it is done again', async () => {
    const { render } = start(0);
    const source = fresh();
    expect(await render(source)).toEqual(await render(source));
    expect(jobs).toEqual(['ok', 'ok']);
  });

  test('that failed is tried again', async () => {
    const { render } = start();
    const source = packSource({ 'a.yaml': 'a: [', 'salt.txt': `${(salt += 1)}` });
    await expect(render(source)).rejects.toMatchObject({ code: 'build-failed' });
    await expect(render(source)).rejects.toMatchObject({ code: 'build-failed' });
    expect(jobs).toEqual(['build-failed', 'build-failed']);
  });
});

describe('one who waits for a shared render', () => {
  test('may leave without taking it from the others', async () => {
    const { render } = start();
    const source = fresh();
    const leave = new AbortController();
    const leaving = render(source, { signal: leave.signal });
    const staying = render(source, { tenant: 'b' });
    leave.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    expect((await staying).objects).toHaveLength(1);
  });

  test('ends it by leaving last', async () => {
    const { render } = start();
    const source = packSource({ ...endlessFiles(), 'salt.txt': `${(salt += 1)}` });
    const leave = new AbortController();
    const both = ['a', 'b'].map((tenant) => render(source, { tenant, signal: leave.signal }));
    setTimeout(() => leave.abort(new Error('left')), 50);
    for (const result of await Promise.allSettled(both)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'left' } });
    }
    const other = await render(fresh(), { tenant: 'a' });
    expect(other.objects).toHaveLength(1);
  });

  test('does not wait behind the queue of a tenant who asked for the same first', async () => {
    const { render } = start();
    const stop = new AbortController();
    const flood = Array.from({ length: 10 }, () =>
      render(packSource({ ...endlessFiles(), 'salt.txt': `${(salt += 1)}` }), {
        tenant: 'noisy',
        signal: stop.signal,
        deadlineMs: 60_000,
      }).catch(() => {}),
    );
    const source = fresh();
    const theirs = render(source, { tenant: 'noisy' });
    const ours = await render(source, { tenant: 'quiet' });
    expect(ours.digest).toBe((await theirs).digest);
    stop.abort();
    await Promise.all(flood);
  });
});

describe('an artifact', () => {
  test('is opened only for an engine that does not have it', async () => {
    const { render } = start(0);
    const source = fresh();
    let opened = 0;
    const counted = { ...source, open: () => ((opened += 1), source.open()) };
    for (let i = 0; i < 4; i += 1) await render(counted);
    expect(opened).toBe(1);
  });

  test('may come in pieces', async () => {
    const { render } = start();
    const { digest, bytes } = fresh();
    async function* pieces() {
      for (const byte of bytes) yield Uint8Array.of(byte);
      await Promise.resolve();
    }
    const artifact = { digest, bytes, open: () => Promise.resolve(pieces()) };
    expect((await render(artifact as never)).objects).toHaveLength(1);
  });

  test('that cannot be opened fails the render with that error', async () => {
    const { render } = start();
    const gone = { ...fresh(), open: () => Promise.reject(new Error('artifact gone')) };
    await expect(render(gone)).rejects.toThrow('artifact gone');
    expect((await render(fresh())).objects).toHaveLength(1);
  });

  test('is asked for again after the engine forgot it', async () => {
    const small = await startPool({ size: 1, maxMemoryBytes: 128 << 20 });
    const renderer = createRenderer({ pool: small, cacheBytes: 0 });
    const sources = Array.from({ length: 4 }, (_, i) =>
      packSource({ 'a.yaml': configMap(`a${i}`), 'big.bin': Buffer.alloc(20 << 20, i) }),
    );
    for (const artifact of [...sources, ...sources]) {
      const { objects } = await renderer.render({ artifact, path: '', spec: {}, tenant: 'a' });
      expect(objects).toHaveLength(1);
    }
    await small.close();
  });
});
