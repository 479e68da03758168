import { expect, test } from 'vitest';
import { createFakeClock, settled } from '../../../../test/support/fake-clock.ts';
import { KubeApiError, KubeTransportError } from '../../../kube/api-error.ts';
import type { CallOptions, KubeClient } from '../../../kube/client.ts';
import { impatientClient } from './impatient-client.ts';

const type = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const key = { name: 'a' };

/** A client whose `get` does as told, and never ends by itself if told nothing. */
function setUp(answer?: () => Promise<never>) {
  const clock = createFakeClock();
  const signals: AbortSignal[] = [];
  const get = (_type: unknown, _key: unknown, { signal }: CallOptions) => {
    signals.push(signal!);
    const { promise, reject } = Promise.withResolvers<never>();
    signal!.addEventListener('abort', () => reject(signal!.reason as Error));
    return answer ? answer() : promise;
  };
  // Only `get` is asked for here.
  const inner = { get, list: get, discovery: {} } as unknown as KubeClient;
  return { clock, signals, client: impatientClient(inner, { clock, timeoutMs: 30_000 }) };
}

test('no answer in time ends the request, and every further one at once', async () => {
  const { clock, signals, client } = setUp();
  const asked = client.get(type, key);
  const failed = expect(asked).rejects.toThrow(new KubeTransportError('no answer within 30 s'));
  await settled();
  clock.tick(30_000);
  await failed;
  await expect(client.get(type, key)).rejects.toThrow('no answer within 30 s');
  expect(signals).toHaveLength(1);
});

test('a broken connection ends it as well; what the server says does not', async () => {
  const broken = setUp(() => Promise.reject(new KubeTransportError('reset')));
  await expect(broken.client.get(type, key)).rejects.toThrow('reset');
  await expect(broken.client.get(type, key)).rejects.toThrow('reset');
  expect(broken.signals).toHaveLength(1);
  const refusal = new KubeApiError({ code: 403, message: 'no' });
  const refused = setUp(() => Promise.reject(refusal));
  await expect(refused.client.get(type, key)).rejects.toThrow('no');
  await expect(refused.client.get(type, key)).rejects.toThrow('no');
  expect(refused.signals).toHaveLength(2);
});

test('the end of the run is no time-out', async () => {
  const { client } = setUp();
  const run = new AbortController();
  const asked = client.get(type, key, { signal: run.signal });
  const failed = expect(asked).rejects.toThrow('overtaken');
  await settled();
  run.abort(new Error('overtaken'));
  await failed;
});
