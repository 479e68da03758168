import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { GitRepository } from '../../api/source/git-repository.ts';
import { createArtifactProofs } from './artifact-proofs.ts';

const claim = (namespace: string, digest: string) => ({
  source: {
    type: GitRepository.type,
    key: { namespace, name: 'apps' },
    artifact: {
      digest,
      path: `gitrepository/${namespace}/apps/a.tar.gz`,
      url: 'http://x/',
      revision: 'r',
      lastUpdateTime: '2026-01-01T00:00:00Z',
    },
  },
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Only what each namespace really stores can be read. */
function storing(stored: Record<string, string>) {
  const reads: string[] = [];
  const prove = createArtifactProofs(({ source: { key, artifact } }: ReturnType<typeof claim>) => {
    reads.push(`${key.namespace} ${artifact.digest}`);
    return stored[key.namespace] === artifact.digest
      ? Promise.resolve()
      : Promise.reject(new Error('the artifact is not what its digest says'));
  });
  return { prove, reads };
}

test("a forged status that names a neighbour's digest is not believed, however often the neighbour was", async () => {
  const { prove } = storing({ victim: 'sha256:secret', attacker: 'sha256:own' });
  await prove(claim('victim', 'sha256:secret'));
  await expect(prove(claim('attacker', 'sha256:secret'))).rejects.toThrow(
    'not what its digest says',
  );
  await prove(claim('attacker', 'sha256:own'));
  await expect(prove(claim('attacker', 'sha256:secret'))).rejects.toThrow(
    'not what its digest says',
  );
});

test('what is proven is read once, however many ask at the same time', async () => {
  const { prove, reads } = storing({ a: 'sha256:1' });
  await Promise.all(Array.from({ length: 50 }, () => prove(claim('a', 'sha256:1'))));
  expect(reads).toEqual(['a sha256:1']);
});

test('a failed proof is tried again, by those who waited for it too', async () => {
  let fail = true;
  const prove = createArtifactProofs<ReturnType<typeof claim>>(() =>
    fail ? Promise.reject(new Error('aborted')) : Promise.resolve(),
  );
  const first = prove(claim('a', 'sha256:1'));
  const second = prove(claim('a', 'sha256:1'));
  await expect(first).rejects.toThrow('aborted');
  await expect(second).rejects.toThrow('aborted');
  fail = false;
  await prove(claim('a', 'sha256:1'));
});

test('keeps nothing of what was read', async () => {
  const held: WeakRef<object>[] = [];
  const prove = createArtifactProofs<ReturnType<typeof claim>>(() => {
    const bytes = new Uint8Array(1 << 20);
    held.push(new WeakRef(bytes));
    return Promise.resolve(bytes);
  });
  await prove(claim('a', 'sha256:1'));
  const isHeld = () => (collectGarbage(), held[0]?.deref() !== undefined);
  await expect.poll(isHeld).toBe(false);
  await prove(claim('a', 'sha256:1'));
  expect(held).toHaveLength(1);
});

test('remembers a bounded number', async () => {
  const { prove, reads } = storing({ a: 'sha256:1' });
  const many = createArtifactProofs<ReturnType<typeof claim>>(() => Promise.resolve());
  for (let n = 0; n < 5000; n += 1) await many(claim('a', `sha256:${n}`));
  await prove(claim('a', 'sha256:1'));
  expect(reads).toHaveLength(1);
});
