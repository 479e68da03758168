import { GitError } from './git-error.ts';

/** Settings by full key: `http.proxy`, `remote.origin.url`; a list repeats the key. */
export type GitConfig = Readonly<Record<string, string | readonly string[]>>;

/**
 * What every Git process of ours is told. Nothing of the machine's or a user's configuration is
 * read, so this is all there is: no hooks, no filters, no helpers, no background work.
 */
export const baseConfig: GitConfig = {
  'core.hooksPath': '/dev/null',
  'core.attributesFile': '/dev/null',
  'core.excludesFile': '/dev/null',
  'core.fsmonitor': 'false',
  'core.commitGraph': 'false',
  // Blobs above this are streamed, not held in memory.
  'core.bigFileThreshold': '8m',
  'core.deltaBaseCacheLimit': '32m',
  'core.packedGitLimit': '256m',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'pack.threads': '1',
  'protocol.version': '2',
  // Every fetch leaves one pack, never a shower of loose objects.
  'fetch.unpackLimit': '1',
  'fetch.writeCommitGraph': 'false',
  'fetch.recurseSubmodules': 'false',
  'transfer.fsckObjects': 'true',
  ...toleratedFlaws(),
  'credential.helper': '',
  'http.followRedirects': 'false',
  'http.sslVerify': 'true',
  // Ends what a killed manager left behind; while it lives, its own timeouts are shorter.
  'http.lowSpeedLimit': '1',
  'http.lowSpeedTime': '900',
  // The volume may belong to another user than we run as.
  'safe.directory': '*',
};

/** Flaws of real repositories' history that harm nobody who never checks anything out. */
function toleratedFlaws(): GitConfig {
  const flaws = [
    'badDate',
    'badEmail',
    'badName',
    'badTimezone',
    'missingEmail',
    'missingNameBeforeEmail',
    'missingSpaceBeforeDate',
    'missingSpaceBeforeEmail',
    'zeroPaddedDate',
    'zeroPaddedFilemode',
    'gitmodulesParse',
    'gitmodulesName',
    'gitmodulesUrl',
    'gitmodulesPath',
    'gitmodulesUpdate',
  ];
  return Object.fromEntries(flaws.map((flaw) => [`fetch.fsck.${flaw}`, 'ignore']));
}

/** The text of a Git configuration file. Refuses values that could end a line early. */
export function formatGitConfig(config: GitConfig): string {
  const lines = Object.entries(config).flatMap(([key, values]) => {
    const [, section, subsection, name] = /^([^.]+)(?:\.(.+))?\.([^.]+)$/.exec(key) ?? [];
    const head = subsection === undefined ? `[${section}]` : `[${section} ${quote(subsection)}]`;
    return [values].flat().map((value) => `${head}\n\t${name} = ${quote(value)}\n`);
  });
  return lines.join('');
}

function quote(value: string): string {
  if (/[^\P{Cc}\t]/u.test(value)) {
    throw new GitError('invalid-credentials', 'credentials contain a control character');
  }
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}
