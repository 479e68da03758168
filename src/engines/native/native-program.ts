import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The Go programs of this repository, each a module of its own under `native/`. */
export type NativeProgram = 'plane' | 'engine' | 'kubelet' | 'browse';

/** What it takes to build one program; everything here is part of its cache key. */
export interface BuildRecipe {
  /** The module's folder; its main package is at the root. */
  folder: string;
  /** The `go` line of go.mod: the oldest Go that can build it, such as `1.26.0`. */
  goVersion: string;
  /** Arguments of `go build` and `go list`. */
  flags: string[];
  /** Arguments of `go build` alone. */
  linkFlags: string[];
}

/** Reads the recipe of the module in `folder`, by default the one this repository holds. */
export async function readRecipe(
  program: NativeProgram,
  folder = path.resolve(import.meta.dirname, '../../../native', program),
): Promise<BuildRecipe> {
  const goMod = await readFile(path.join(folder, 'go.mod'), 'utf8');
  const stamps = program === 'plane' ? kubernetesStamps(goMod) : [];
  return {
    folder,
    goVersion: /^go (\S+)$/m.exec(goMod)?.[1] ?? '1.26.0',
    // grpcnotrace drops golang.org/x/net/trace, whose templates keep the linker from removing dead methods.
    flags: ['-trimpath', '-buildvcs=false', '-tags=grpcnotrace'],
    linkFlags: [`-ldflags=${['-s', '-w', ...stamps].join(' ')}`],
  };
}

/** The variables Kubernetes' own release build sets, so that /version tells the truth. */
function kubernetesStamps(goMod: string): string[] {
  const [, version = '', major = '', minor = ''] =
    /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(goMod) ?? [];
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) =>
    Object.entries(values).map(([name, value]) => `-X=${module}.${name}=${value}`),
  );
}
