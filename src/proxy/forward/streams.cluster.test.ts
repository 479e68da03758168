import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freshNamespace } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  startGuardedUpstream,
  type GuardedUpstream,
} from '../../../test/support/guarded-upstream.ts';
import { freshAccount } from '../../../test/support/proxy-harness.ts';
import { openRaw, rawRequest, sendRaw } from '../../../test/support/raw-http.ts';
import { valuesOf } from '../../../test/support/recording-upstream.ts';

/** What flows through: nothing is held back, and what ends on one side ends on the other. */
let guarded: GuardedUpstream;
let auth: string;
let other: Awaited<ReturnType<typeof freshAccount>>;
let agent: http.Agent;

beforeAll(async () => {
  const namespace = await freshNamespace('streams');
  const account = await freshAccount(namespace, 'view');
  other = await freshAccount(namespace, 'view');
  auth = `Bearer ${account.token}`;
  guarded = await startGuardedUpstream();
  agent = new http.Agent({ keepAlive: true });
});
afterEach(() => {
  guarded.upstream.requests.splice(0);
  guarded.upstream.answer = (_, response) => response.end('ok');
});
afterAll(async () => {
  agent.destroy();
  await guarded[Symbol.asyncDispose]();
});

async function ask(path: string, options: http.RequestOptions = {}) {
  const headers = { authorization: auth, ...(options.headers as object) };
  const request = http.request({ agent, port: guarded.port, path, ...options, headers });
  request.end();
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  return answer;
}
const watch = '/api/v1/pods?watch=1';

describe('an answer', () => {
  test('arrives piece by piece, as it is sent', async () => {
    let send: http.ServerResponse | undefined;
    guarded.upstream.answer = (_, response) => {
      send = response;
      response.flushHeaders();
    };
    const answer = await ask(watch);
    expect(answer.statusCode).toBe(200);
    for (const piece of ['one', 'two', 'three']) {
      send?.write(piece);
      const [chunk] = (await once(answer, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(piece);
    }
    send?.end();
    await once(answer, 'end');
  });

  test('that breaks off breaks off for the client', async () => {
    guarded.upstream.answer = (_, response) => {
      response.write('half');
      setImmediate(() => response.socket?.resetAndDestroy());
    };
    const answer = await ask('/api/v1/pods');
    await expect(text(answer)).rejects.toThrow(/aborted/);
    expect(answer.complete).toBe(false);
  });

  test('of any size is not kept: it waits until the client reads', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    let written = 0;
    guarded.upstream.answer = (_, response) => {
      const more = () => {
        let isRoom = true;
        for (; written < 512 && isRoom; written++) isRoom = response.write(piece);
        if (written === 512) response.end();
        else response.once('drain', more);
      };
      more();
    };
    const answer = await ask('/api/v1/pods');
    let before = -1;
    await eventually('nothing flows while nobody reads', async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const isStill = written === before;
      before = written;
      return isStill;
    });
    expect(written).toBeLessThan(64);
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) bytes += chunk.length;
    expect(bytes).toBe(512 * piece.length);
  });

  test('keeps its status, headers and trailing words', async () => {
    guarded.upstream.answer = (_, response) => {
      response.writeHead(418, ['Warning', '299 - "a"', 'Warning', '299 - "b"', 'Audit-Id', 'x']);
      response.end('tea');
    };
    const answer = await ask('/api/v1/pods');
    expect([answer.statusCode, await text(answer)]).toEqual([418, 'tea']);
    expect(answer.headersDistinct).toMatchObject({
      warning: ['299 - "a"', '299 - "b"'],
      'audit-id': ['x'],
    });
  });
});

test('a watch ends well with the proxy, and other answers have their time', async () => {
  await using ending = await startGuardedUpstream();
  const answers: http.ServerResponse[] = [];
  ending.upstream.answer = (_, response) => {
    answers.push(response);
    response.write('one');
  };
  const options = { port: ending.port };
  const [watching, other] = [await ask(watch, options), await ask('/api/v1/pods', options)];
  ending.drain();
  expect(await text(watching)).toBe('one');
  expect(watching.complete).toBe(true);
  answers[1]?.end('two');
  expect(await text(other)).toBe('onetwo');
  // Whoever asks once more over a connection that is still open asks elsewhere after that.
  const late = ask('/api/v1/pods', options);
  await eventually('it has arrived', () => Promise.resolve(answers[2]));
  answers[2]?.end();
  expect((await late).headers['connection']).toBe('close');
});

describe('a client that goes', () => {
  test('takes its watch with it', async () => {
    const gone = Promise.withResolvers<void>();
    guarded.upstream.answer = (request, response) => {
      response.flushHeaders();
      request.socket.once('close', () => gone.resolve());
    };
    const answer = await ask(watch);
    answer.destroy();
    await gone.promise;
  });

  test('takes its unfinished body with it', async () => {
    const gone = Promise.withResolvers<void>();
    guarded.upstream.answer = (request) => request.socket.once('close', () => gone.resolve());
    const head = rawRequest(
      'PUT /api/v1/namespaces/a/configmaps/b HTTP/1.1',
      'Host: x',
      `Authorization: ${auth}`,
      'Content-Length: 100',
    );
    const { socket } = await openRaw(guarded.port, `${head}half`);
    await eventually('it has begun', () => Promise.resolve(guarded.upstream.requests.length === 1));
    socket.destroy();
    await gone.promise;
  });
});

describe('another protocol', () => {
  const exec = 'POST /api/v1/namespaces/a/pods/b/exec?command=sh HTTP/1.1';
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    'X-Stream-Protocol-Version: v4.channel.k8s.io',
  ];
  const open = (early = '') =>
    openRaw(
      guarded.port,
      rawRequest(exec, 'Host: x', `Authorization: ${auth}`, ...upgrade) + early,
    );

  test('passes both ways, what comes early too, and ends on both sides', async () => {
    const ended = Promise.withResolvers<void>();
    guarded.upstream.upgrade = (_, socket, head) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nhello ',
      );
      socket.write(head);
      socket.pipe(socket);
      socket.once('close', () => ended.resolve());
    };
    const { socket, seen } = await open('early ');
    await eventually('it comes back', () => Promise.resolve(seen().endsWith('hello early ')));
    socket.write('late');
    await eventually('it comes back', () => Promise.resolve(seen().endsWith('early late')));
    expect(seen()).toMatch(
      /^HTTP\/1\.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY\/3\.1/,
    );
    socket.destroy();
    await ended.promise;
    const [request] = guarded.upstream.requests;
    expect(request && valuesOf(request, 'upgrade')).toEqual(['SPDY/3.1']);
    expect(request && valuesOf(request, 'connection')).toEqual(['Upgrade']);
    expect(request && valuesOf(request, 'x-stream-protocol-version')).toEqual([
      'v4.channel.k8s.io',
    ]);
  });

  test('that the API server refuses is answered as it says, and the connection ends', async () => {
    guarded.upstream.upgrade = (_, socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope');
    const { socket, seen } = await open();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(seen()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(seen()).toMatch(/nope$/);
  });
});

describe('one request', () => {
  test('that finds a mistake of ours is the only one to end', async () => {
    let isOdd = false;
    await using broken = await startGuardedUpstream({
      serve: () => {
        isOdd = !isOdd;
        if (isOdd) throw new TypeError('a mistake, with a secret');
        return Promise.reject(new TypeError('another'));
      },
    });
    const request = rawRequest('GET /api/v1/pods HTTP/1.1', 'Host: x', `Authorization: ${auth}`);
    const { statuses, text: seen } = await sendRaw(broken.port, request + request);
    expect(statuses).toEqual([500, 500, 200]);
    expect(seen).not.toContain('secret');
    expect(broken.lines.join('')).toContain('a mistake');
  });

  test('never has the identity of another that came over the same connection', async () => {
    const line = (token: string) =>
      rawRequest('GET /api/v1/pods HTTP/1.1', 'Host: x', `Authorization: Bearer ${token}`);
    const mine = auth.replace('Bearer ', '');
    const tokens = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? mine : other.token));
    await sendRaw(guarded.port, tokens.map(line).join(''));
    const seen = guarded.upstream.requests.map((request) => valuesOf(request, 'impersonate-user'));
    const expected = tokens.map((token) => token === other.token);
    expect(seen.map(([user]) => user === other.user)).toHaveLength(expected.length);
    expect(seen.filter(([user]) => user === other.user)).toHaveLength(20);
    expect(seen.every((users) => users.length === 1)).toBe(true);
  });

  test.each([
    ['not there', (response: http.ServerResponse) => response.socket?.destroy()],
    [
      'of the opinion that the proxy is nobody',
      (response: http.ServerResponse) => response.writeHead(401).end(),
    ],
  ])('meets an API server that is %s: 503, try again', async (_, answerWith) => {
    guarded.upstream.answer = (__, response) => void answerWith(response);
    const answer = await ask('/api/v1/pods');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(await text(answer))).toMatchObject({ kind: 'Status', code: 503 });
  });
});

describe('a caller at its limit', () => {
  const asked = (path: string, token = auth, port = guarded.port) =>
    ask(path, { port, headers: { authorization: token } });

  test.each([
    ['watches', watch, '/api/v1/pods'],
    ['requests', '/api/v1/pods', watch],
  ])('of %s is told to wait; its neighbour is served', async (what, path, rest) => {
    await using limited = await startGuardedUpstream({ limits: { requests: 2, watches: 2 } });
    const { port, upstream } = limited;
    const neighbour = `Bearer ${other.token}`;
    const held: http.ServerResponse[] = [];
    upstream.answer = (_, response) => {
      held.push(response);
      response.write('one');
    };
    const [first] = [await asked(path, auth, port), await asked(path, auth, port)];
    const refused = await asked(path, auth, port);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(JSON.parse(await text(refused))).toMatchObject({
      kind: 'Status',
      reason: 'TooManyRequests',
      message: `too many ${what} at once: this proxy serves one user up to 2`,
    });
    expect(held).toHaveLength(2);
    expect((await asked(path, neighbour, port)).statusCode).toBe(200);
    expect((await asked(path, neighbour, port)).statusCode).toBe(200);
    expect((await asked(rest, auth, port)).statusCode).toBe(200);
    held[0]?.end();
    expect(await text(first)).toBe('one');
    await eventually('there is room again', async () => {
      const answer = await asked(path, auth, port);
      answer.destroy();
      return answer.statusCode === 200;
    });
    for (const response of held) response.end();
  });
});
