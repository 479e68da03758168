import { ArtifactError } from './artifact-error.ts';

/** The object an artifact belongs to; `kind` in any case. */
export interface ArtifactOwner {
  kind: string;
  namespace: string;
  name: string;
}

/** Where an artifact is, below the store's root and in its URL. */
export interface ArtifactLocation extends ArtifactOwner {
  file: string;
}

const kindPattern = /^[a-z][a-z0-9]{0,62}$/;
const namePattern = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
/** `<commit>.tar.gz`, `sha256:<hex>.tar.gz`, `<name>-<version>.tgz`; never starts with a dot. */
const filePattern = /^[a-zA-Z0-9_][a-zA-Z0-9._+:@-]{0,253}$/;

/** The directory of an object's artifacts: `gitrepository/flux-system/apps`. */
export function ownerPath({ kind, namespace, name }: ArtifactOwner): string {
  const lower = kind.toLowerCase();
  check(kindPattern.test(lower), 'kind');
  check(isName(namespace), 'namespace');
  check(isName(name), 'name');
  return `${lower}/${namespace}/${name}`;
}

/** The path scheme users know: `<kind lower>/<namespace>/<name>/<file>`. */
export function artifactPath(location: ArtifactLocation): string {
  check(filePattern.test(location.file), 'file');
  return `${ownerPath(location)}/${location.file}`;
}

/** Reads such a path back; undefined for anything that is not exactly one. */
export function parseArtifactPath(path: string): ArtifactLocation | undefined {
  const [kind = '', namespace = '', name = '', file = '', ...rest] = path.split('/');
  const valid =
    rest.length === 0 &&
    kindPattern.test(kind) &&
    isName(namespace) &&
    isName(name) &&
    filePattern.test(file);
  return valid ? { kind, namespace, name, file } : undefined;
}

/** `..` is two dots between alphanumerics at most, never a segment of its own. */
const isName = (text: string) => namePattern.test(text) && !text.includes('..');

function check(valid: boolean, what: string): void {
  if (!valid) throw new ArtifactError('invalid-path', `invalid ${what} in an artifact path`);
}
