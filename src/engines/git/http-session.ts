import { isIP } from 'node:net';
import { resolveHost } from './resolve-host.ts';
import { checkTls } from './check-tls.ts';
import { encodeBasic, secretsOf, withoutIdentity } from './git-auth.ts';
import type { GitAuth } from './git-auth.ts';
import { baseConfig, formatGitConfig } from './git-config.ts';
import type { GitConfig } from './git-config.ts';
import { GitError } from './git-error.ts';
import type { GitResult } from './git-program.ts';
import { createPrivateDirectory } from './private-directory.ts';
import type { PrivateDirectory } from './private-directory.ts';
import { proxyUrl } from './proxy-url.ts';
import { redirectTarget, watchResponses } from './redirect-trace.ts';
import type { LastResponse } from './redirect-trace.ts';
import { isSameOrigin, parseRemoteUrl } from './remote-url.ts';
import type { RemoteUrl } from './remote-url.ts';
import { outputOf } from './remote-session.ts';
import type { RemoteCommand, RemoteContext, RemoteSession } from './remote-session.ts';

/** One address of the repository with what may be told to it. */
interface Hop {
  url: RemoteUrl;
  auth: GitAuth;
}

const maxRedirects = 5;

/**
 * Smart HTTP by Git's own helper. Redirects are followed here, one Git run each: the next address
 * passes the same checks as the first, and another origin never sees the credentials.
 */
export async function openHttpSession(
  url: RemoteUrl,
  auth: GitAuth,
  context: RemoteContext,
): Promise<RemoteSession> {
  const directory = await createPrivateDirectory(context.program.secretsRoot);
  const secrets = secretsOf(auth);
  let hop: Hop = { url, auth };
  return {
    async run(command) {
      for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
        const { result, response } = await runOnce(hop, command, context, directory);
        const next = result.code === 0 ? undefined : nextHop(hop, response);
        if (!next) return smartOutput(result, response, { url: hop.url, secrets });
        hop = next;
      }
      throw new GitError('unreachable', `${url.href} redirects more than ${maxRedirects} times`);
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

async function runOnce(
  { url, auth }: Hop,
  { config, ...command }: RemoteCommand,
  { program, addresses: policy }: RemoteContext,
  directory: PrivateDirectory,
): Promise<{ result: GitResult; response: LastResponse | undefined }> {
  // Behind a proxy, names are the proxy's to resolve; an address is still an address.
  const canCheck = auth.proxy === undefined || isIP(url.host) !== 0;
  const addresses = canCheck ? await resolveHost(url.host, policy, command.signal) : [];
  const settings = {
    ...baseConfig,
    'remote.origin.url': url.href,
    ...pinAddresses(url, addresses, program.version),
    ...credentialConfig(auth),
    ...(await fileConfig(auth, directory)),
    ...config,
  };
  const configFile = await directory.write('config', formatGitConfig(settings));
  let response: LastResponse | undefined;
  const result = await program.run({
    ...command,
    configFile,
    protocols: 'http:https',
    env: { GIT_TRACE_CURL: '3', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1' },
    channel: true,
    onStart: ({ channel }) => {
      if (channel) response = watchResponses(channel);
    },
  });
  return { result, response };
}

/** curl connects to what was checked, so a name cannot resolve differently a moment later. */
function pinAddresses(
  { host, port }: RemoteUrl,
  addresses: readonly string[],
  [major, minor]: readonly [number, number],
): GitConfig {
  const isSupported = major > 2 || minor >= 37;
  if (!isSupported || isIP(host) !== 0 || addresses.length === 0) return {};
  const list = addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address));
  return { 'http.curloptResolve': `${host}:${port}:${list.join(',')}` };
}

function credentialConfig({ basic, bearer, proxy }: GitAuth): GitConfig {
  const header = bearer ? `Bearer ${bearer}` : basic && `Basic ${encodeBasic(basic)}`;
  return {
    ...(header ? { 'http.extraHeader': `Authorization: ${header}` } : {}),
    ...(proxy ? { 'http.proxy': proxyUrl(proxy).href, 'http.proxyAuthMethod': 'basic' } : {}),
  };
}

async function fileConfig({ tls }: GitAuth, directory: PrivateDirectory): Promise<GitConfig> {
  const config: Record<string, string> = {};
  if (tls) checkTls(tls);
  if (tls?.ca) config['http.sslCAInfo'] = await directory.write('ca.pem', tls.ca);
  if (tls?.cert) config['http.sslCert'] = await directory.write('cert.pem', tls.cert);
  if (tls?.key) config['http.sslKey'] = await directory.write('key.pem', tls.key);
  return config;
}

/**
 * Git takes any page for a repository served by a plain web server, and finds no refs in it: a
 * login page would look like an empty repository.
 */
function smartOutput(
  result: GitResult,
  response: LastResponse | undefined,
  about: { url: RemoteUrl; secrets: readonly string[] },
): Buffer {
  const output = outputOf(result, about);
  if (response?.isSmart) return output;
  const { href } = about.url;
  throw new GitError('unsupported', `${href}: the server answers, but not as a Git server does`);
}

function nextHop({ url, auth }: Hop, response: LastResponse | undefined): Hop | undefined {
  const { status, location } = response ?? {};
  if (status === undefined || status < 300 || status > 399 || !location) return undefined;
  const target = redirectTarget(url.href, location);
  if (target === undefined) return undefined;
  const next = parseRemoteUrl(target);
  if (url.protocol === 'https' && next.protocol === 'http') {
    throw new GitError('unreachable', `${url.href} redirects to plain http, which is refused`);
  }
  const { credentials: _ignored, ...clean } = next;
  return { url: clean, auth: isSameOrigin(url, next) ? auth : withoutIdentity(auth) };
}
