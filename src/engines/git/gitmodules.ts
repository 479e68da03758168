import { errorFromGit } from './error-from-git.ts';
import { GitError } from './git-error.ts';
import type { GitProgram } from './git-program.ts';
import { parseRemoteUrl } from './remote-url.ts';
import type { RemoteUrl } from './remote-url.ts';

const maxBytes = 1024 * 1024;

/** Path of each submodule to the URL its `.gitmodules` gives, as written. */
export async function readGitmodules(
  program: GitProgram,
  { gitDir, oid, signal }: { gitDir: string; oid: string; signal?: AbortSignal | undefined },
): Promise<Map<string, string>> {
  // From the blob, so that include directives in it are not followed.
  const args = ['config', `--blob=${oid}`, '-z', '--get-regexp', '^submodule\\..*\\.(path|url)$'];
  const result = await program.run({ args, gitDir, maxOutputBytes: maxBytes, signal });
  if (result.code === 1) return new Map();
  if (result.code !== 0 || !result.stdout) throw errorFromGit(result, {});
  return parseGitmodules(result.stdout.toString());
}

/** `<key>\n<value>` records, NUL-terminated; the later one of two wins, as in Git. */
export function parseGitmodules(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  const urls = new Map<string, string>();
  for (const record of text.split('\0')) {
    const [, name, key, value] = /^submodule\.([^]*)\.(path|url)\n([^]*)$/.exec(record) ?? [];
    if (name === undefined || value === undefined) continue;
    (key === 'path' ? paths : urls).set(name, value);
  }
  const modules = new Map<string, string>();
  for (const [name, path] of paths) {
    const url = urls.get(name);
    if (url !== undefined) modules.set(path.replace(/\/+$/, ''), url);
  }
  return modules;
}

/**
 * Where a submodule lives: absolute URLs by the rules of any remote, `./` and `../` relative to
 * the parent, `user@host:path` as ssh. Throws `invalid-url` for everything else, `ext::` included.
 */
export function resolveSubmoduleUrl(
  parent: RemoteUrl,
  text: string,
  options: { allowFile: boolean },
): RemoteUrl {
  if (/^\.\.?(?:\/|$)/.test(text)) return parseRemoteUrl(joinUrl(parent.href, text), options);
  const [, user = 'git', host, path = ''] =
    /^(?:([\w.+-]+)@)?([\w.-]+):(?![/:])(.+)$/.exec(text) ?? [];
  if (host !== undefined) return parseRemoteUrl(`ssh://${user}@${host}/${path}`, options);
  return parseRemoteUrl(text, options);
}

/** Git's own arithmetic: each `..` drops the last part of the parent's path. */
function joinUrl(parent: string, relative: string): string {
  const [, origin = '', path = ''] =
    /^([a-z]+:\/\/[^/]*)(.*)$/.exec(parent.replace(/\/+$/, '')) ?? [];
  const parts = path.split('/');
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 1) parts.pop();
    else throw new GitError('invalid-url', `the relative URL '${relative}' leaves its server`);
  }
  return origin + parts.join('/');
}
