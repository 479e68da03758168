import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { beforeAll, expect, test } from 'vitest';
import { clusterContext, freshNamespace, kubectlOk } from '../../../test/support/cluster.ts';
import { freshAccount } from '../../../test/support/proxy-harness.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import { statusText } from '../server/answer-status.ts';
import { protobufFrame, protobufStatus } from './protobuf-event.ts';
import { watchForm } from './watch-form.ts';
import { wholeFrames } from './whole-frames.ts';

/** What is written into a watch is to the byte what the API server would have written. */
let ask: (query: string, accept: string) => Promise<IncomingMessage>;
const protobuf = 'application/vnd.kubernetes.protobuf';
const name = 'x'.repeat(200);

beforeAll(async () => {
  const namespace = await freshNamespace('protobuf');
  await kubectlOk(['-n', namespace, 'create', 'configmap', name]);
  const { token } = await freshAccount(namespace, 'view');
  const { server, ca } = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  ask = async (query, accept) => {
    const url = new URL(`/api/v1/namespaces/${namespace}/configmaps?${query}`, server);
    const headers = { authorization: `Bearer ${token}`, accept };
    const request = https.get(url, { agent: false, headers, ...(ca !== undefined && { ca }) });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return answer;
  };
});

/** What the API server says of a token that is none: a Status without details, as ours is. */
const refused = {
  code: 400,
  reason: 'BadRequest',
  message: expect.stringMatching(/continue/) as string,
};

test('a Status', async () => {
  const inJson = await buffer(await ask('continue=none', 'application/json'));
  const status = JSON.parse(inJson.toString()) as typeof refused;
  expect(status).toMatchObject(refused);
  expect(inJson.toString()).toBe(`${statusText(status)}\n`);
  expect(await buffer(await ask('continue=none', protobuf))).toEqual(protobufStatus(status));
});

test.each([
  [protobuf],
  [`${protobuf};stream=watch`],
  [`${protobuf},application/json`],
  [`${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`],
])('an event for who accepts %s', async (accept) => {
  const answer = await ask(`watch=1&fieldSelector=metadata.name=${name}`, accept);
  const type = answer.headers['content-type'] ?? '';
  expect([answer.statusCode, type]).toEqual([200, `${protobuf};stream=watch`]);
  expect(watchForm(type)).toBe(watchForm(protobuf));
  const { value } = await wholeFrames(answer).next();
  const frame = Buffer.from(value ?? []);
  answer.destroy();
  const object = frame.subarray(frame.indexOf('k8s\0'));
  expect(object.length).toBeGreaterThan(name.length);
  expect(frame).toEqual(protobufFrame('ADDED', object));
});
