import { redact } from '../../base/redact.ts';
import { GitError } from './git-error.ts';
import type { GitErrorCode } from './git-error.ts';
import type { GitResult } from './git-program.ts';
import type { RemoteUrl } from './remote-url.ts';

/** What a failure was about, for the message. */
export interface ErrorSubject {
  /** The remote, or nothing when only the local mirror was read. */
  url?: RemoteUrl;
  /** Texts to strike out of the message. */
  secrets?: readonly string[];
}

/** The first row whose pattern is found decides; `advice` is what the user should change. */
const table: readonly [pattern: RegExp, code: GitErrorCode, advice: string][] = [
  // This machine.
  [
    /No space left on device|Disk quota exceeded|File too large/,
    'disk-full',
    'there is no space left for the mirror',
  ],
  [
    /attempting to allocate|[Oo]ut of memory|malloc failed/,
    'too-large',
    'an object in the repository is larger than the limit',
  ],
  [/there is no ssh program/, 'git-missing', 'install an OpenSSH client'],

  // ssh; before "the remote end hung up", which follows whatever ssh says.
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|host key is known for/,
    'host-key-mismatch',
    "the server's host key is not in known_hosts: check the host, then update known_hosts",
  ],
  [
    /no matching (?:host key type|key exchange method|cipher|MAC) found/,
    'host-key-mismatch',
    'the server and this client have no SSH algorithm in common',
  ],
  [
    /Load key .*(?:error in libcrypto|invalid format|incorrect passphrase|bad passphrase)/,
    'invalid-credentials',
    'the private key cannot be read: check its format and its passphrase',
  ],
  [
    /Permission denied \(|Too many authentication failures/,
    'authentication-failed',
    'the server refused the SSH key: check the key and its access to the repository',
  ],

  // HTTP.
  [
    /Received HTTP code 407|HTTP code 407 from proxy|returned error: 407|response 407/,
    'authentication-failed',
    'the proxy refused the credentials',
  ],
  [
    /could not read (?:Username|Password)|Authentication failed for|returned error: 401/,
    'authentication-failed',
    'the server wants other credentials: check username and password or the token',
  ],
  [
    /returned error: 403|HTTP Basic: Access denied/,
    'authentication-failed',
    'these credentials may not read the repository',
  ],
  [
    /returned error: (?:404|410)|repository '.*' not found|Repository not found|does not appear to be a git repository|not valid: is this a git repository|project you were looking for could not be found/,
    'not-found',
    'no such repository, or none these credentials may see: check the URL',
  ],
  [/returned error: 429/, 'server-error', 'the server limits the rate of requests'],
  [/returned error: 5\d\d|HTTP 5\d\d/, 'server-error', 'the server failed to answer'],
  [/returned error: 3\d\d/, 'unreachable', 'the server redirects to something else'],
  [
    /SSL certificate problem|certificate verif|unable to get local issuer|SSL: no alternative|certificate subject name|CAfile|server certificate|unable to set private key|could not load (?:PEM )?client certificate|error reading ca cert|alert (?:bad certificate|unknown ca|certificate required)|tlsv13? alert|unable to load client (?:cert|key)|error setting certificate|error while reading file/i,
    'certificate',
    "TLS failed: check the server's certificate, the CA and the client certificate",
  ],
  [
    /does not support (?:shallow|stateless)|dumb http transport/,
    'unsupported',
    'the server does not speak smart HTTP',
  ],
  [
    /mismatched algorithms|unknown object format|unsupported object format|expected sha1/i,
    'unsupported',
    'repositories with SHA-256 objects are not supported',
  ],
  [/transport '.*' not allowed/, 'invalid-url', 'the URL uses a transport that is not allowed'],

  // What was asked for.
  [
    /couldn't find remote ref|not our ref|does not allow request for unadvertised object|no such remote ref/i,
    'ref-not-found',
    'the repository does not have that commit or ref',
  ],

  // The objects.
  [
    /fsck error|contains '\.\.?'|contains '\.git'|contains full pathnames|contains duplicate file entries|contains empty pathname|hasDot|not properly sorted/,
    'unsafe-content',
    'the repository contains objects that Git itself rejects',
  ],
  [
    /early EOF|unexpected disconnect|hung up unexpectedly|RPC failed|transfer closed|bad pack header|Connection reset|curl 18|curl 56|expected flush|the remote end hung up|protocol error|Empty reply|invalid server response|expected 'packfile'|expected packfile|bad line length/,
    'unreachable',
    'the server interrupted the transfer',
  ],
  [
    /is corrupt|corrupt (?:loose|patch|packed)|loose object|bad object|missing (?:blob|tree|commit|object)|unable to (?:read|parse|unpack)|cannot be (?:accessed|mapped)|inflate|wrong index|index file|packfile|invalid index-pack|index-pack (?:died|failed)|not a git repository|not a tree object|not a valid object|Not a valid|bad (?:tree|revision|signature|ref)|unresolved delta|SHA1 (?:COLLISION|mismatch)|did not send all necessary objects|does not point to a valid|could not parse|invalid (?:object|ref|sha1|gitfile)/i,
    'corrupt',
    'the local mirror or the transferred pack is damaged',
  ],
  [
    /Could not resolve (?:host|proxy|hostname)|name resolution|Name or service not known/,
    'unreachable',
    'the host name does not resolve',
  ],
  [
    /[Ff]ailed to connect|Couldn't connect|Connection (?:refused|timed out|closed|reset)|No route to host|unreachable|Operation timed out|unable to access|connect to host/,
    'unreachable',
    'the server cannot be reached',
  ],
];

const maxDetailLength = 300;

/**
 * The one place that understands Git's and ssh's words (they are asked to speak English).
 * The message names the repository and what to change, then quotes the line that decided.
 */
export function errorFromGit(
  { code, stderr, stdout }: Pick<GitResult, 'code' | 'stderr' | 'stdout'>,
  { url, secrets = [] }: ErrorSubject,
): GitError {
  const about = url ? `${url.href}: ` : '';
  if (stdout === undefined) return new GitError('too-large', `${about}the answer is too long`);
  const text = stripControls(stderr);
  for (const [pattern, errorCode, advice] of table) {
    const line = text.split('\n').find((candidate) => pattern.test(candidate));
    if (line === undefined) continue;
    return new GitError(errorCode, clean(`${about}${advice} (${detail(line)})`, secrets));
  }
  const last = text.trim().split('\n').at(-1) ?? '';
  const reason = last === '' ? `git ended with ${code ?? 'a signal'}` : detail(last);
  // Reading what is on disk cannot fail for any reason but that it is not what it was.
  return new GitError(url ? 'failed' : 'corrupt', clean(`${about}${reason}`, secrets));
}

/** Servers write to our standard error too: nothing but text and line ends passes. */
function stripControls(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ');
}

function detail(line: string): string {
  const plain = line.replace(
    /^(?:fatal|error|remote|warning|ssh|kex_exchange_identification): */,
    '',
  );
  return plain.trim().slice(0, maxDetailLength);
}

/** Our own file names mean nothing to a user, and secrets mean too much. */
function clean(message: string, secrets: readonly string[]): string {
  return redact(message, secrets).replace(
    /(["']?)\/\S*\/(?=(?:op-|mirrors\/))\S*\1/g,
    'a private file',
  );
}
