import { describe, expect, test } from 'vitest';
import { UsageError } from '../command.ts';
import { parseNamedTargets, parseOneTarget, parseTargets } from './target.ts';

const read = (words: string) =>
  parseTargets(words.split(' ')).map(({ kind, name }) => `${kind.kind}/${name ?? '*'}`);

describe('targets', () => {
  test.each([
    ['ks', 'Kustomization/*'],
    ['KS app other', 'Kustomization/app Kustomization/other'],
    ['ks/app gitrepo/fleet', 'Kustomization/app GitRepository/fleet'],
    ['kustomizations.kustomize.toolkit.fluxcd.io app', 'Kustomization/app'],
    ['ks,gitrepo', 'Kustomization/* GitRepository/*'],
    ['source git fleet', 'GitRepository/fleet'],
    ['sources git', 'GitRepository/*'],
    ['sources all', 'GitRepository/*'],
    ['all', 'GitRepository/* Kustomization/*'],
  ])('%s', (words, targets) => {
    expect(read(words)).toEqual(expect.arrayContaining(targets.split(' ')));
  });

  test.each([
    ['widget/app', "'widget' is not a kind of ours: "],
    ['ks.apps/app', "'ks.apps' is not a kind of ours: "],
    ['ks/', "'ks/' is not KIND/NAME"],
    ['ks/a/b', "'ks/a/b' is not KIND/NAME"],
    ['ks a gitrepo/b', "'gitrepo/b': give names"],
    ['source svn', "'source svn' is not a kind of source: git"],
  ])('%s is told what to type instead', (words, message) => {
    expect(() => read(words)).toThrow(UsageError);
    expect(() => read(words)).toThrow(message);
  });

  test('a command about named objects wants names', () => {
    expect(() => parseNamedTargets(['ks'])).toThrow('name the Kustomization: ks/NAME');
    expect(() => parseOneTarget(['ks', 'a', 'b'])).toThrow('name one object');
  });
});
