import { ArchiveError } from './archive-error.ts';
import { parseIgnorePattern } from './gitignore-pattern.ts';
import type { IgnorePattern } from './gitignore-pattern.ts';

/** A `.sourceignore` and the directory whose content it speaks of. */
export interface IgnoreFile {
  /** Empty for the root. */
  directory: string;
  text: string;
}

/** The name of ignore files, in any directory of a source. */
export const ignoreFileName = '.sourceignore';

/** Always there, and first, so that a user can still take them back. */
const versionControl = '.git/\n.gitignore\n.gitmodules\n.gitattributes';

/** Only when the user has no pattern of their own: pictures, archives, CI, other tools' files. */
const defaults = `*.jpg\n*.jpeg\n*.gif\n*.png\n*.wmv\n*.flv\n*.tar.gz\n*.zip
.github/\n.circleci/\n.travis.yml\n.gitlab-ci.yml\nappveyor.yml\n.drone.yml
cloudbuild.yaml\ncodeship-services.yml\ncodeship-steps.yml
**/.goreleaser.yml\n**/.sops.yaml\n**/.flux.yaml`;

interface Rule {
  /** The parts of the directory the pattern is relative to. */
  directory: readonly string[];
  pattern: IgnorePattern;
}

const maxPatterns = 5000;
const maxTextLength = 256 * 1024;

/**
 * True for files that stay out of the artifact. Version control files, then the `.sourceignore`
 * files from the root down or else the defaults, then `spec.ignore`: the last pattern that matches
 * a file, or a directory above it, decides. Unlike in Git, a file can be taken back from an
 * ignored directory, as Flux has it. Throws `invalid-ignore` beyond 5000 patterns or 256 KiB a file.
 */
export function createIgnoreFilter(
  files: readonly IgnoreFile[],
  specIgnore: string | undefined,
): (path: string) => boolean {
  const depth = ({ directory }: IgnoreFile) => (directory === '' ? 0 : directory.split('/').length);
  const ordered = files.toSorted((left, right) => depth(left) - depth(right));
  const user = ordered.flatMap(({ directory, text }) => {
    const name = directory === '' ? ignoreFileName : `${directory}/${ignoreFileName}`;
    return parseRules(directory, text, name);
  });
  user.push(...parseRules('', specIgnore ?? '', 'spec.ignore'));
  if (user.length > maxPatterns) {
    throw new ArchiveError('invalid-ignore', `more than ${maxPatterns} ignore patterns`);
  }
  const base = user.length > 0 ? versionControl : `${versionControl}\n${defaults}`;
  const rules = [...parseRules('', base, ''), ...user].reverse();
  return (path) => {
    const parts = path.split('/');
    const deciding = rules.find((rule) => applies(rule, parts));
    return deciding !== undefined && !deciding.pattern.isNegated;
  };
}

function applies({ directory, pattern }: Rule, parts: readonly string[]): boolean {
  if (directory.length === 0) return pattern.matches(parts);
  if (directory.length >= parts.length) return false;
  if (directory.some((name, depth) => parts[depth] !== name)) return false;
  return pattern.matches(parts.slice(directory.length));
}

function parseRules(directory: string, text: string, from: string): Rule[] {
  if (text.length > maxTextLength) {
    throw new ArchiveError('invalid-ignore', `${from} is longer than ${maxTextLength} characters`);
  }
  const parts = directory === '' ? [] : directory.split('/');
  return text.split('\n').flatMap((line) => {
    const pattern = parseIgnorePattern(line);
    return pattern ? [{ directory: parts, pattern }] : [];
  });
}
