import { GitError } from './git-error.ts';
import type { RemoteUrl } from './remote-url.ts';

/** The one host our ssh configuration knows: the remote's name never is an argument. */
export const sshAlias = 'remote';

/** Everything ssh may do for one operation. */
export interface SshConfig {
  url: RemoteUrl;
  /** Where to connect: a checked address, or our end of a tunnel. */
  endpoint: { address: string; port: number };
  identityFile: string;
  knownHostsFile: string;
  /** An encrypted key: ssh may ask our askpass program, once. */
  hasPassphrase: boolean;
  kexAlgorithms?: readonly string[] | undefined;
  hostKeyAlgorithms?: readonly string[] | undefined;
}

/**
 * An `ssh_config` that reads no other file, talks to no agent, runs no command, forwards nothing
 * and accepts only the given host keys.
 */
export function formatSshConfig(config: SshConfig): string {
  const { url, endpoint } = config;
  const options: Record<string, string> = {
    HostName: endpoint.address,
    Port: String(endpoint.port),
    // The key is looked up under the name the user wrote, wherever we connect.
    HostKeyAlias: url.port === 22 ? url.host : `[${url.host}]:${url.port}`,
    User: url.user,
    IdentityFile: quote(config.identityFile),
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    UserKnownHostsFile: quote(config.knownHostsFile),
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    CheckHostIP: 'no',
    PreferredAuthentications: 'publickey',
    PasswordAuthentication: 'no',
    KbdInteractiveAuthentication: 'no',
    NumberOfPasswordPrompts: '1',
    BatchMode: config.hasPassphrase ? 'no' : 'yes',
    SendEnv: 'GIT_PROTOCOL',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    PermitLocalCommand: 'no',
    ProxyCommand: 'none',
    ControlMaster: 'no',
    ControlPath: 'none',
    RequestTTY: 'no',
    EscapeChar: 'none',
    ConnectTimeout: '30',
    ServerAliveInterval: '15',
    ServerAliveCountMax: '4',
    LogLevel: 'ERROR',
    ...algorithms('KexAlgorithms', config.kexAlgorithms),
    ...algorithms('HostKeyAlgorithms', config.hostKeyAlgorithms),
  };
  const lines = Object.entries(options).map(([name, value]) => `  ${name} ${value}\n`);
  return `Host ${sshAlias}\n${lines.join('')}`;
}

function algorithms(name: string, list: readonly string[] | undefined): Record<string, string> {
  if (!list || list.length === 0) return {};
  if (!list.every((entry) => /^[A-Za-z0-9@._-]+$/.test(entry))) {
    throw new GitError('invalid-credentials', `the list of ${name} contains an unusable name`);
  }
  return { [name]: list.join(',') };
}

/** A file name in ssh_config: quoted, with the percent sign that would start a token doubled. */
function quote(file: string): string {
  return `"${file.replaceAll('%', '%%')}"`;
}

/**
 * The command line for the remote side. Its shell splits it, so the path is one single-quoted
 * word; `/~user/…` addresses a home, as in Git.
 */
export function uploadPackCommand(path: string): string {
  const target = path.startsWith('/~') ? path.slice(1) : path;
  return `git-upload-pack '${target.replaceAll("'", "'\\''").replaceAll('!', "'\\!'")}'`;
}
