import type { Kind } from '../../api/define-kind.ts';
import { findKind, kinds } from '../../api/kinds.ts';
import { UsageError, type CommandArgument } from '../command.ts';

export type AnyKind = Kind<unknown, unknown>;

/** What a command is about: one object, or all of a kind. */
export interface Target {
  kind: AnyKind;
  name?: string;
}

/** A target with a name. */
export type NamedTarget = Required<Target>;

const targetHelp = 'ks/app, ks app, kustomization/app; gitrepo/fleet, source git fleet';

/**
 * The targets that words name: `ks/app gitrepo/fleet`, `ks app other`, `ks,gitrepo`, `all`; the
 * sources also as `source git fleet`. Kinds by any name that kubectl knows them by.
 *
 * @param among what can be named; `all` are the kinds that deploy by Git, whatever can be named
 * @throws UsageError for a kind that is none of ours
 */
export function parseTargets(
  words: readonly string[],
  among: readonly AnyKind[] = kinds,
): Target[] {
  const [first, second, ...rest] = words;
  if (first === undefined) return [];
  if (/^sources?$/.test(first)) {
    if (second === undefined || second === 'all') return sourceKinds().map((kind) => ({ kind }));
    return namesOf([sourceKind(second)], rest);
  }
  if (first === 'all') return namesOf([...kinds], words.slice(1));
  if (first.includes('/')) return words.map((word) => parseSlashed(word, among));
  return namesOf(
    first.split(',').map((word) => kindOf(word, among)),
    words.slice(1),
  );
}

/** {@link parseTargets} for commands that are about named objects only. */
export function parseNamedTargets(words: readonly string[]): NamedTarget[] {
  return parseTargets(words).map(({ kind, name }) => {
    if (name === undefined) throw new UsageError(`name the ${kind.kind}: ${shortName(kind)}/NAME`);
    return { kind, name };
  });
}

/** The one object a command is about. */
export function parseOneTarget(words: readonly string[]): NamedTarget {
  const [target, ...more] = parseNamedTargets(words);
  if (!target || more.length > 0) throw new UsageError(`name one object: ${targetHelp}`);
  return target;
}

/** `kustomization/app`: how lines for people name an object. */
export function formatTarget({ kind, name }: { kind: Pick<AnyKind, 'singular'>; name: string }) {
  return `${kind.singular}/${name}`;
}

export const shortName = (kind: AnyKind) => kind.shortNames[0] ?? kind.singular;

/** The argument of commands that are about kinds that deploy. `name`: `<target...>`, or in brackets. */
export const targetArgument = (name: string): CommandArgument => ({
  name,
  description: targetHelp,
  suggestions: kinds.map(shortName),
});

function namesOf(of: readonly AnyKind[], names: readonly string[]): Target[] {
  const slashed = names.find((name) => name.includes('/'));
  if (slashed !== undefined) {
    throw new UsageError(`'${slashed}': give names, or KIND/NAME for each object`);
  }
  if (names.length === 0) return of.map((kind) => ({ kind }));
  return of.flatMap((kind) => names.map((name) => ({ kind, name })));
}

function parseSlashed(word: string, among: readonly AnyKind[]): Target {
  const [kind = '', name = '', ...more] = word.split('/');
  if (name === '' || more.length > 0) {
    throw new UsageError(`'${word}' is not KIND/NAME, such as ks/app`);
  }
  return { kind: kindOf(kind, among), name };
}

function kindOf(word: string, among: readonly AnyKind[]): AnyKind {
  const [name = '', ...group] = word.split('.');
  const kind = findKind(name, among);
  if (kind && (group.length === 0 || group.join('.').endsWith(kind.group))) return kind;
  const known = among.map((one) => `${one.singular} (${shortName(one)})`).join(', ');
  throw new UsageError(`'${word}' is not a kind of ours: ${known}`);
}

const sourceKinds = () => kinds.filter(({ group }) => group.startsWith('source.'));

/** `git` for GitRepository: sources go by their kind without `Repository`. */
function sourceKind(word: string): AnyKind {
  const short = ({ kind }: AnyKind) => kind.toLowerCase().replace(/repository$/, '');
  const found = sourceKinds().find((kind) => short(kind) === word.toLowerCase());
  if (found) return found;
  const known = sourceKinds().map(short).join(', ');
  throw new UsageError(`'source ${word}' is not a kind of source: ${known}`);
}
