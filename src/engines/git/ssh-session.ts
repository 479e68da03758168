import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { resolveHost } from './resolve-host.ts';
import { errorFromGit } from './error-from-git.ts';
import { secretsOf } from './git-auth.ts';
import type { GitAuth, SshAuth } from './git-auth.ts';
import { baseConfig, formatGitConfig } from './git-config.ts';
import { GitError } from './git-error.ts';
import { createPrivateDirectory } from './private-directory.ts';
import type { PrivateDirectory } from './private-directory.ts';
import { openProxyTunnel } from './proxy-tunnel.ts';
import type { RemoteCommand, RemoteContext, RemoteSession } from './remote-session.ts';
import type { RemoteUrl } from './remote-url.ts';
import { formatSshConfig, sshAlias, uploadPackCommand } from './ssh-config.ts';
import { startSubprocess } from './subprocess.ts';
import type { Subprocess } from './subprocess.ts';

/** One way to reach the server. */
interface Endpoint extends AsyncDisposable {
  address: string;
  port: number;
}

interface SshWork {
  url: RemoteUrl;
  context: RemoteContext;
  directory: PrivateDirectory;
  ssh: SshAuth;
  secrets: readonly string[];
}

/**
 * Git over ssh without a shell: Git would run its ssh command through one. We start ssh ourselves
 * and hand Git the connection as an open descriptor (`fd::3`), so ssh gets a fixed argument vector
 * and its complaints arrive apart from Git's.
 */
export async function openSshSession(
  url: RemoteUrl,
  auth: GitAuth,
  context: RemoteContext,
): Promise<RemoteSession> {
  const { ssh } = auth;
  if (!ssh?.identity.trim()) {
    throw new GitError('invalid-credentials', 'an ssh:// URL needs a private key (identity)');
  }
  if (!ssh.knownHosts.trim()) {
    throw new GitError('invalid-credentials', 'an ssh:// URL needs the host keys (known_hosts)');
  }
  const directory = await createPrivateDirectory(context.program.secretsRoot);
  const work: SshWork = { url, context, directory, ssh, secrets: secretsOf(auth) };
  return {
    async run(command) {
      // Behind a proxy, names are the proxy's to resolve; an address is still an address.
      const isProxysName = auth.proxy !== undefined && isIP(url.host) === 0;
      const addresses = isProxysName
        ? [url.host]
        : await resolveHost(url.host, context.addresses, command.signal);
      for (const [index, address] of addresses.entries()) {
        await using endpoint = await openEndpoint(address, url, auth, command.signal);
        const answer = await runOnce(endpoint, command, work);
        if (answer.output) return answer.output;
        if (!answer.isConnectFailure || index === addresses.length - 1) throw answer.error;
      }
      throw new GitError('unreachable', `the host ${url.host} has no address`);
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

async function openEndpoint(
  address: string,
  url: RemoteUrl,
  { proxy }: GitAuth,
  signal: AbortSignal,
): Promise<Endpoint> {
  if (proxy) return openProxyTunnel(proxy, url, signal);
  return { address, port: url.port, [Symbol.asyncDispose]: async () => {} };
}

type Answer =
  { output: Buffer } | { output?: undefined; error: GitError; isConnectFailure: boolean };

async function runOnce(
  endpoint: Endpoint,
  { config, ...command }: RemoteCommand,
  work: SshWork,
): Promise<Answer> {
  const { program } = work.context;
  const ssh = await startSsh(endpoint, work, command.signal);
  const settings = { ...baseConfig, 'remote.origin.url': 'fd::3', ...config };
  const configFile = await work.directory.write('config', formatGitConfig(settings));
  const result = await program
    .run({
      ...command,
      configFile,
      protocols: 'fd',
      channel: true,
      onStart: ({ channel }) => {
        if (!channel) return;
        // Git shuts down its half once it has asked for everything, and then reads on.
        channel.allowHalfOpen = true;
        channel.pipe(ssh.stdin);
        ssh.stdout.pipe(channel);
      },
    })
    .finally(() => ssh.stdin.end());
  if (result.code === 0 && result.stdout) {
    ssh.kill();
    return { output: result.stdout };
  }
  const complaint = await lastWords(ssh);
  const stderr = `${complaint}\n${result.stderr}`;
  const isConnectFailure = /^ssh: connect to host /m.test(complaint);
  const error = errorFromGit({ ...result, stderr }, { url: work.url, secrets: work.secrets });
  return { error, isConnectFailure };
}

async function startSsh(
  { address, port }: Endpoint,
  { url, context, directory, ssh }: SshWork,
  signal: AbortSignal,
): Promise<Subprocess> {
  const hasPassphrase = ssh.passphrase !== undefined && ssh.passphrase !== '';
  const text = formatSshConfig({
    url,
    endpoint: { address, port },
    // OpenSSH refuses keys without a final newline, which Secrets often lack.
    identityFile: await directory.write('identity', `${ssh.identity.trim()}\n`),
    knownHostsFile: await directory.write('known_hosts', `${ssh.knownHosts.trim()}\n`),
    hasPassphrase,
    ...context.ssh,
  });
  const child = startSubprocess({
    file: 'ssh',
    args: ['-F', await directory.write('ssh_config', text), sshAlias, uploadPackCommand(url.path)],
    cwd: directory.path,
    env: {
      PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      HOME: directory.path,
      LC_ALL: 'C',
      GIT_PROTOCOL: 'version=2',
      ...(hasPassphrase ? await askpassEnvironment(directory, ssh.passphrase ?? '') : {}),
    },
    signal,
  });
  // Without an ssh program, Git must not wait for an answer.
  child.exit.catch(() => child.stdout.destroy());
  return child;
}

/** A program that prints the passphrase: the one way ssh takes it other than from a terminal. */
async function askpassEnvironment(
  directory: PrivateDirectory,
  passphrase: string,
): Promise<Record<string, string>> {
  const code = `#!${process.execPath}\nprocess.stdout.write(${JSON.stringify(passphrase)} + '\\n');\n`;
  const program = await directory.write('askpass.cjs', code, 0o700);
  return { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' };
}

/** What ssh had to say, once it ended; it is given two seconds to do so. */
async function lastWords(ssh: Subprocess): Promise<string> {
  const waited = new AbortController();
  const timer = delay(2000, undefined, { signal: waited.signal }).catch(() => {});
  await Promise.race([ssh.exit.catch(() => {}), timer]);
  waited.abort();
  ssh.kill();
  return ssh.exit.then(
    ({ stderr }) => stderr,
    () => 'there is no ssh program',
  );
}
