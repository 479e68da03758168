import { describe, expect, test } from 'vitest';
import { errorFromGit } from './error-from-git.ts';
import type { GitErrorCode } from './git-error.ts';
import { parseRemoteUrl } from './remote-url.ts';

const url = parseRemoteUrl('https://git.example.com/team/fleet.git');
const failed = (stderr: string) => ({ code: 128, stderr, stdout: Buffer.alloc(0) });

/** Standard error of real Git 2.39 and OpenSSH 9.2, recorded; later Git where it says so. */
const recorded: readonly [GitErrorCode, string][] = [
  [
    'authentication-failed',
    "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
  ],
  [
    'authentication-failed',
    "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://git.example.com/'",
  ],
  [
    'authentication-failed',
    "fatal: unable to access 'https://x/': The requested URL returned error: 403",
  ],
  [
    'authentication-failed',
    "fatal: unable to access 'https://x/': Received HTTP code 407 from proxy after CONNECT",
  ],
  [
    'authentication-failed',
    "fatal: unable to access 'https://x/': CONNECT tunnel failed, response 407",
  ],
  [
    'authentication-failed',
    'git@127.0.0.1: Permission denied (publickey).\nfatal: Could not read from remote repository.',
  ],
  ['not-found', "fatal: repository 'https://git.example.com/team/fleet.git/' not found"],
  [
    'not-found',
    "remote: The project you were looking for could not be found or you don't have permission to view it.\nfatal: repository 'x' not found",
  ],
  [
    'not-found',
    'ERROR: Repository not found.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights',
  ],
  [
    'not-found',
    "fatal: '/srv/x.git' does not appear to be a git repository\nfatal: the remote end hung up unexpectedly",
  ],
  ['server-error', "fatal: unable to access 'https://x/': The requested URL returned error: 500"],
  ['server-error', "fatal: unable to access 'https://x/': The requested URL returned error: 429"],
  [
    'server-error',
    'error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\nfatal: expected flush after ref listing',
  ],
  ['unreachable', "fatal: unable to access 'https://x/': Could not resolve host: x"],
  [
    'unreachable',
    "fatal: unable to access 'http://127.0.0.1:1/': Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
  ],
  ['unreachable', 'ssh: connect to host 127.0.0.1 port 1: Connection refused'],
  ['unreachable', 'ssh: connect to host 10.0.0.1 port 22: Connection timed out'],
  ['unreachable', 'kex_exchange_identification: Connection closed by remote host'],
  [
    'unreachable',
    'error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
  ],
  ['unreachable', 'fatal: the remote end hung up unexpectedly'],
  [
    'certificate',
    "fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none CRLfile: none",
  ],
  [
    'certificate',
    "fatal: unable to access 'https://x/': SSL certificate problem: unable to get local issuer certificate",
  ],
  [
    'certificate',
    "fatal: unable to access 'https://x/': SSL: no alternative certificate subject name matches target host name 'x'",
  ],
  [
    'certificate',
    "fatal: unable to access 'https://x/': error:0A00045C:SSL routines::tlsv13 alert certificate required",
  ],
  [
    'host-key-mismatch',
    'No ED25519 host key is known for [127.0.0.1]:22 and you have requested strict checking.\r\nHost key verification failed.',
  ],
  [
    'host-key-mismatch',
    '@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@',
  ],
  [
    'host-key-mismatch',
    'Unable to negotiate with 127.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa',
  ],
  [
    'invalid-credentials',
    'Load key "/data/run/op-AbCdEf/identity": error in libcrypto\ngit@x: Permission denied (publickey).',
  ],
  [
    'ref-not-found',
    'fatal: remote error: upload-pack: not our ref bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
  ],
  [
    'ref-not-found',
    'error: Server does not allow request for unadvertised object bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
  ],
  ['ref-not-found', "fatal: couldn't find remote ref refs/heads/nope"],
  ['unsupported', 'fatal: dumb http transport does not support shallow capabilities'],
  ['unsupported', 'fatal: mismatched algorithms: client sha1; server sha256'],
  ['invalid-url', "fatal: transport 'ext' not allowed"],
  [
    'disk-full',
    'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output',
  ],
  ['disk-full', 'fatal: sha1 file write error. Out of diskspace: Disk quota exceeded'],
  ['disk-full', 'error: file write error: File too large'],
  ['too-large', 'fatal: attempting to allocate 123456789 over limit 1048576'],
  [
    'unsafe-content',
    "error: object 0e6ae9bca4d0bd3d2a5b1c1a0b3f1b0c6f0b1a2c: hasDotdot: contains '..'\nfatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output",
  ],
  ['corrupt', 'error: packfile .git/objects/pack/pack-1.pack cannot be accessed'],
  ['corrupt', 'error: inflate: data stream error (incorrect data check)'],
  ['corrupt', 'fatal: loose object 12 (stored in x) is corrupt'],
  ['corrupt', 'fatal: pack has 3 unresolved deltas\nfatal: fetch-pack: invalid index-pack output'],
  ['failed', 'fatal: something nobody has ever seen'],
];

describe('what Git and ssh say', () => {
  test.each(recorded)('%s: %j', (code, stderr) => {
    const error = errorFromGit(failed(stderr), { url });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^https:\/\/git\.example\.com\/team\/fleet\.git: /);
    expect(error.message).not.toMatch(/\n|\r/);
  });

  test('of a local read that nobody understands is damage', () => {
    expect(errorFromGit(failed('fatal: something new'), {}).code).toBe('corrupt');
    expect(errorFromGit({ ...failed(''), code: undefined }, {}).code).toBe('corrupt');
  });

  test('too long an answer is too large', () => {
    const error = errorFromGit({ code: undefined, stderr: '', stdout: undefined }, { url });
    expect(error.code).toBe('too-large');
  });
});

describe('messages', () => {
  test('repeat no secret, in no encoding we send it in', () => {
    const stderr =
      "fatal: unable to access 'https://u:hunter2@x/': error: 500 hunter2 Authorization: Basic dTpodW50ZXIy";
    const { message } = errorFromGit(failed(stderr), { url, secrets: ['hunter2', 'dTpodW50ZXIy'] });
    expect(message).not.toMatch(/hunter2|dTpodW50ZXIy/);
  });

  test('name no file of ours', () => {
    const stderr = 'Load key "/var/lib/x/run/op-AbCdEf/identity": invalid format';
    const { message } = errorFromGit(failed(stderr), { url });
    expect(message).not.toMatch(/\/var\/lib|op-AbCdEf/);
    expect(message).toContain('check its format');
  });

  test('carry no control characters and have an end', () => {
    const stderr = `remote: \u001b[31mHTTP Basic: Access denied\u0007 ${'x'.repeat(5000)}`;
    const { message } = errorFromGit(failed(stderr), { url });
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(600);
  });
});
