import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { BuildRecipe } from './native-program.ts';

/** Builds that stay per program: enough to go back and forth between branches. */
const keptBuilds = 3;

/** Where built programs live, outside the tree: `$TENANTRY_CACHE`, else the user's cache folder. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env['TENANTRY_CACHE']) return path.resolve(env['TENANTRY_CACHE']);
  return path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'tenantry');
}

/** What decides a build's bytes apart from the toolchain: every file of the module, platform, flags. */
export async function sourceKey(recipe: BuildRecipe): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([process.platform, process.arch, recipe.flags, recipe.linkFlags]));
  const entries = await readdir(recipe.folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(recipe.folder, path.join(entry.parentPath, entry.name)))
    .sort();
  for (const file of files) {
    const bytes = await readFile(path.join(recipe.folder, file));
    hash.update(JSON.stringify([file.split(path.sep), bytes.length])).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The cache entry of these sources built by this Go: `<source key>-<go version>`. */
export function entryName(source: string, goVersion: string): string {
  return `${source}-${goVersion.replaceAll(/[^\w.]/g, '_')}`;
}

/** The cached builds of one program: a folder per entry, holding the program under its name. */
export interface BuildCache {
  folder: string;
  /** Path of the program in an entry, whether or not it is there. */
  programIn(entry: string): string;
  /** The program of exactly this entry, marked as used now. */
  find(entry: string): Promise<string | undefined>;
  /** The newest entry of these sources, whichever Go built it: for machines that have none. */
  findSource(source: string): Promise<string | undefined>;
  /** Removes all but the most recently used entries, and what killed builds left behind. */
  trim(): Promise<void>;
}

export async function openBuildCache(program: string, root = cacheRoot()): Promise<BuildCache> {
  const folder = path.join(root, 'native', program);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const programIn = (entry: string) => path.join(folder, entry, program);

  async function newestFirst(): Promise<string[]> {
    const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{16}-[\w.]+$/.test(name));
    const used = names.map(async (name) => ({ name, at: await modified(path.join(folder, name)) }));
    return (await Promise.all(used)).sort((a, b) => b.at - a.at).map(({ name }) => name);
  }

  async function find(entry: string): Promise<string | undefined> {
    const file = programIn(entry);
    try {
      await access(file);
      await utimes(path.join(folder, entry), new Date(), new Date());
      return file;
    } catch {
      return undefined;
    }
  }

  return {
    folder,
    programIn,
    find,
    async findSource(source) {
      const entry = (await newestFirst()).find((name) => name.startsWith(`${source}-`));
      return entry === undefined ? undefined : find(entry);
    },
    async trim() {
      const old = (await newestFirst()).slice(keptBuilds);
      const dayAgo = Date.now() - 24 * 3600 * 1000;
      for (const name of await readdir(folder)) {
        if (name.startsWith('.') && (await modified(path.join(folder, name))) < dayAgo) {
          old.push(name);
        }
      }
      for (const name of old) await rm(path.join(folder, name), { recursive: true, force: true });
    },
  };
}

async function modified(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
