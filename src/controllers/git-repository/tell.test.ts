import { describe, expect, test } from 'vitest';
import { GitRepository } from '../../api/source/git-repository.ts';
import type { RunEvent } from '../../runtime/run.ts';
import { announceOutdated, tellStored, tellUnchanged } from './tell.ts';

const artifact = (digest: string) => ({
  digest: `sha256:${digest}`,
  revision: 'main@sha1:1',
  lastUpdateTime: '2026-01-01T00:00:00Z',
  path: 'p',
  url: 'http://host/p',
});
const repository = (status: object) =>
  GitRepository.decode({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { namespace: 'team-a', name: 'apps' },
    spec: { url: 'https://host/r', interval: '1m' },
    status,
  });

function teller(asked = false) {
  const told = { events: [] as RunEvent[], progress: [] as string[], conditions: new Map() };
  return {
    told,
    run: {
      asked,
      event: (event: RunEvent) => void told.events.push(event),
      progress: async (message: string) => void told.progress.push(message),
      condition: (type: string, ...rest: string[]) => void told.conditions.set(type, rest),
      clear: (type: string) => void told.conditions.set(type, 'cleared'),
    },
  };
}
const outdated = { reason: 'NewRevision', message: "new upstream revision 'main@sha1:2'" };

describe('a new artifact', () => {
  test('of new content is news', () => {
    const { run, told } = teller();
    const outcome = tellStored(repository({}), artifact('a'), { subject: 'Ship it' }, run);
    expect(outcome).toMatchObject({ message: "stored artifact for revision 'main@sha1:1'" });
    expect(told.events).toEqual([
      { severity: 'info', reason: 'NewArtifact', message: "stored artifact for commit 'Ship it'" },
    ]);
    expect(told.conditions.get('ArtifactOutdated')).toBe('cleared');
    expect(told.conditions.get('ArtifactInStorage')?.[0]).toBe('True');
  });

  test('of the content it had before is none', () => {
    const { run, told } = teller();
    const before = repository({ artifact: artifact('a') });
    tellStored(before, artifact('a'), { subject: 'Revert' }, run);
    expect(told.events).toMatchObject([{ severity: 'trace', reason: 'ArtifactUpToDate' }]);
  });

  test.each([
    ['x'.repeat(50), 'x'.repeat(50)],
    ['x'.repeat(51), `${'x'.repeat(47)}...`],
    ['a\tb\u001b[31m', 'a b [31m'],
    [`${'x'.repeat(46)}🚀🚀🚀`, `${'x'.repeat(46)}\ufffd...`],
    ['', ''],
  ])('the subject %j is told as %j', (subject, shown) => {
    const { run, told } = teller();
    tellStored(repository({}), artifact('a'), { subject }, run);
    expect(told.events[0]?.message).toBe(`stored artifact for commit '${shown}'`);
  });
});

describe('nothing new', () => {
  test.each([
    [true, 1],
    [false, 0],
  ])('who asked (%j) gets %i events', (asked, count) => {
    const { run, told } = teller(asked);
    expect(tellUnchanged(artifact('a'), run).outcome).toBe('done');
    expect(told.events).toHaveLength(count);
    expect(told.events.every(({ severity }) => severity === 'trace')).toBe(true);
  });
});

describe('before the work', () => {
  test('a new revision is announced', async () => {
    const { run, told } = teller();
    await announceOutdated(repository({}), outdated, run);
    expect(told.progress).toEqual([outdated.message]);
    expect(told.conditions.get('ArtifactOutdated')).toEqual(['True', ...Object.values(outdated)]);
  });

  test('once, however often storing it fails: each announcement is a request', async () => {
    const { run, told } = teller();
    const condition = {
      type: 'ArtifactOutdated',
      status: 'True',
      ...outdated,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await announceOutdated(repository({ conditions: [condition] }), outdated, run);
    expect(told.progress).toEqual([]);
  });

  test('an artifact that is lost is announced as such', async () => {
    const { run, told } = teller();
    await announceOutdated(repository({}), undefined, run);
    expect(told.progress).toEqual(['storing the artifact anew']);
    expect(told.conditions.size).toBe(0);
  });
});
