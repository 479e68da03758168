import * as fc from 'fast-check';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseCommit } from './commit.ts';
import { formatGitConfig } from './git-config.ts';
import { parseGitmodules, resolveSubmoduleUrl } from './gitmodules.ts';
import { parseRefs } from './list-refs.ts';
import { redirectTarget, watchResponses } from './redirect-trace.ts';
import { parseRemoteUrl } from './remote-url.ts';
import { checkSparsePaths, normalizeSparsePaths } from './sparse-paths.ts';
import { formatSshConfig, uploadPackCommand } from './ssh-config.ts';

const hash = (digit: string) => digit.repeat(40);

describe('refs', () => {
  test('annotated tags are peeled, whatever the order', () => {
    const lines = [
      `${hash('a')}\trefs/heads/main`,
      `${hash('b')}\trefs/tags/v1`,
      `${hash('c')}\trefs/tags/v1^{}`,
      'garbage',
    ];
    for (const text of [lines.join('\n'), lines.toReversed().join('\n')]) {
      expect(Object.fromEntries(parseRefs(text))).toEqual({
        'refs/heads/main': hash('a'),
        'refs/tags/v1': hash('c'),
      });
    }
  });

  test('SHA-256 repositories are named as unsupported', () => {
    expect(() => parseRefs(`${'a'.repeat(64)}\tHEAD`)).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });
});

describe('commits', () => {
  test('odd headers do no harm', () => {
    const raw = Buffer.from(
      `tree ${hash('a')}\nauthor  <> 99999999999999999999 +0000\ncommitter X <x@y> 12 +0100\ngpgsig -----BEGIN\n author evil <e@e> 1 +0000\n\n\n  subject here\nbody\n`,
    );
    expect(parseCommit(hash('b'), raw)).toMatchObject({
      author: { name: '', email: '', time: 0 },
      committer: { name: 'X', email: 'x@y', time: 12_000 },
      subject: 'subject here',
    });
  });

  test('any bytes are a commit of some sort', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(parseCommit(hash('a'), Buffer.from(bytes)).hash).toBe(hash('a'));
      }),
    );
  });
});

describe('configuration', () => {
  test('values cannot leave their quotes', () => {
    const text = formatGitConfig({
      'http.https://a "b\\c.header': 'x"\\ # ; \ty',
      'a.b': ['1', '2'],
    });
    expect(text).toBe(
      '[http "https://a \\"b\\\\c"]\n\theader = "x\\"\\\\ # ; \ty"\n[a]\n\tb = "1"\n[a]\n\tb = "2"\n',
    );
  });

  test.each(['a\nb', 'a\r', 'a\u0000', 'a\u001b'])(
    'control characters are refused: %j',
    (value) => {
      expect(() => formatGitConfig({ 'a.b': value })).toThrow(
        expect.objectContaining({ code: 'invalid-credentials' }),
      );
    },
  );
});

describe('submodules', () => {
  test('path and URL are paired by name; the later wins', () => {
    const record = (key: string, value: string) => `${key}\n${value}\0`;
    const text =
      record('submodule.a.b.path', 'libs/a/') +
      record('submodule.a.b.url', 'old') +
      record('submodule.a.b.url', 'new') +
      record('submodule.no-url.path', 'x') +
      record('submodule.no-path.url', 'y');
    expect(Object.fromEntries(parseGitmodules(text))).toEqual({ 'libs/a': 'new' });
  });

  test.each([
    ['../b.git', 'https://h/team/b.git'],
    ['../../b.git', 'https://h/b.git'],
    ['./sub.git', 'https://h/team/a.git/sub.git'],
    ['https://other/x', 'https://other/x'],
    ['git@other:team/x.git', 'ssh://git@other/team/x.git'],
    ['other:x.git', 'ssh://git@other/x.git'],
    ['ssh://u@other:22/x', 'ssh://u@other/x'],
  ])('%s is %s', (text, expected) => {
    const parent = parseRemoteUrl('https://h/team/a.git');
    expect(resolveSubmoduleUrl(parent, text, { allowFile: false }).href).toBe(expected);
  });

  test.each(['../../../x', 'ext::sh -c id', '-x', 'C:\\x', '/abs', 'x', 'git@h:', 'a@b@c:x'])(
    '%s is refused',
    (text) => {
      const parent = parseRemoteUrl('https://h/team/a.git');
      expect(() => resolveSubmoduleUrl(parent, text, { allowFile: false })).toThrow(
        expect.objectContaining({ code: 'invalid-url' }),
      );
    },
  );
});

describe('redirects', () => {
  test.each([
    ['https://b/y.git/info/refs?service=git-upload-pack', 'https://b/y.git'],
    ['/y.git/info/refs?service=git-upload-pack', 'https://a/y.git'],
    ['//b/y/info/refs', 'https://b/y'],
    ['https://b/login', undefined],
    ['https://b/y.git', undefined],
    ['http://', undefined],
  ])('to %s lead to %s', (location, expected) => {
    expect(redirectTarget('https://a/x.git', location)).toBe(expected);
  });

  test('the trace is read across chunks; only received headers count', async () => {
    const lines = [
      '13:10:48.1 http.c:725              == Info: <= Recv header: HTTP/1.1 302 Found',
      '13:10:48.1 http.c:684              => Send header: location: http://evil/',
      '13:10:48.1 http.c:684              <= Recv header: HTTP/1.1 302 Found\r',
      '13:10:48.1 http.c:684              <= Recv header: Location: http://b/x/info/refs\r',
      '13:10:48.1 http.c:684              <= Recv header: HTTP/2 200',
      '13:10:48.1 http.c:684              <= Recv header: content-type: application/x-git-upload-pack-advertisement',
    ];
    const read = async (count: number) => {
      const text = lines.slice(0, count).join('\n') + '\n';
      const stream = Readable.from([text.slice(0, 30), text.slice(30, 200), text.slice(200)]);
      const last = watchResponses(stream);
      await new Promise((resolve) => stream.on('end', resolve));
      return last;
    };
    expect(await read(2)).toEqual({ status: undefined, location: undefined, isSmart: false });
    expect(await read(4)).toEqual({
      status: 302,
      location: 'http://b/x/info/refs',
      isSmart: false,
    });
    expect(await read(6)).toEqual({ status: 200, location: undefined, isSmart: true });
  });
});

describe('sparse paths', () => {
  test('are written one way', () => {
    expect(normalizeSparsePaths(['./b/', 'a//c', 'b'])).toEqual(['a/c', 'b']);
    expect(normalizeSparsePaths(['a', './'])).toEqual([]);
    expect(normalizeSparsePaths(undefined)).toEqual([]);
  });

  test('have to be there, as directories', () => {
    checkSparsePaths(['a', 'b/c'], ['a/x', 'b/c/y']);
    expect(() => checkSparsePaths(['a'], ['ab/x', 'a'])).toThrow(
      expect.objectContaining({ code: 'sparse-path-missing' }),
    );
  });
});

describe('ssh', () => {
  test.each([
    ['/team/x.git', "git-upload-pack '/team/x.git'"],
    ['/~me/x', "git-upload-pack '~me/x'"],
    ["/a'b;c", "git-upload-pack '/a'\\''b;c'"],
    ['/a!b', "git-upload-pack '/a'\\!'b'"],
  ])('the remote command quotes %s', (path, expected) => {
    expect(uploadPackCommand(path)).toBe(expected);
  });

  test('the configuration says everything that matters', () => {
    const text = formatSshConfig({
      url: parseRemoteUrl('ssh://me@example.com:2222/x'),
      endpoint: { address: '10.0.0.1', port: 2222 },
      identityFile: '/run/100%/identity',
      knownHostsFile: '/run/known_hosts',
      hasPassphrase: false,
      kexAlgorithms: ['curve25519-sha256', 'ecdh-sha2-nistp256'],
    });
    expect(text.split('\n').map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        'HostName 10.0.0.1',
        'HostKeyAlias [example.com]:2222',
        'User me',
        'IdentityFile "/run/100%%/identity"',
        'IdentityAgent none',
        'StrictHostKeyChecking yes',
        'GlobalKnownHostsFile /dev/null',
        'ProxyCommand none',
        'PermitLocalCommand no',
        'BatchMode yes',
        'KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256',
      ]),
    );
  });

  test('a list of algorithms cannot smuggle in another option', () => {
    const format = () =>
      formatSshConfig({
        url: parseRemoteUrl('ssh://me@example.com/x'),
        endpoint: { address: '10.0.0.1', port: 22 },
        identityFile: '/i',
        knownHostsFile: '/k',
        hasPassphrase: false,
        hostKeyAlgorithms: ['rsa\nProxyCommand touch x'],
      });
    expect(format).toThrow(expect.objectContaining({ code: 'invalid-credentials' }));
  });
});
