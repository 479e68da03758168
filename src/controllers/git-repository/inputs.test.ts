import { describe, expect, test } from 'vitest';
import type { Artifact } from '../../api/artifact.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { inputsStatus, whyOutdated } from './inputs.ts';

const artifact = (digest: string, revision = 'main@sha1:1'): Artifact => ({
  digest: `sha256:${digest}`,
  revision,
  lastUpdateTime: '2026-01-01T00:00:00Z',
  path: 'p',
  url: 'http://host/p',
});
const repository = (spec: object, status: object = {}) =>
  GitRepository.decode({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { namespace: 'team-a', name: 'apps' },
    // As the API server would hand it over: without what is undefined.
    spec: JSON.parse(JSON.stringify({ url: 'https://host/r', interval: '1m', ...spec })) as object,
    status,
  });

/** The object after an artifact was made from `spec` and `included`. */
function published(spec: object, included: Artifact[] = []) {
  const inputs = { revision: 'main@sha1:1', included };
  const status = inputsStatus(repository(spec), inputs);
  return (next: object) =>
    // What goes through the API server loses its undefined fields.
    repository(next, JSON.parse(JSON.stringify({ artifact: artifact('a'), ...status })) as object);
}

const everything = {
  ignore: '*.md',
  recurseSubmodules: true,
  sparseCheckout: ['apps', 'infra'],
  include: [{ repository: { name: 'lib' }, fromPath: 'a', toPath: 'b' }],
};

describe('whyOutdated', () => {
  test('the same inputs: it is not', () => {
    const inputs = { revision: 'main@sha1:1', included: [] };
    expect(whyOutdated(published({})({}), inputs)).toBeUndefined();
    expect(whyOutdated(published(everything)(everything), inputs)).toBeUndefined();
  });

  test('nothing stored yet, or another revision', () => {
    const outdated = { reason: 'NewRevision', message: "new upstream revision 'main@sha1:2'" };
    const inputs = { revision: 'main@sha1:2', included: [] };
    expect(whyOutdated(repository({}), inputs)).toEqual(outdated);
    expect(whyOutdated(published({})({}), inputs)).toEqual(outdated);
  });

  test.each([
    ['spec.ignore', { ...everything, ignore: '*.txt' }],
    ['spec.ignore', { ...everything, ignore: undefined }],
    ['spec.include', { ...everything, include: [{ repository: { name: 'lib' }, toPath: 'b' }] }],
    ['spec.recurseSubmodules', { ...everything, recurseSubmodules: false }],
    ['spec.sparseCheckout', { ...everything, sparseCheckout: ['infra', 'apps'] }],
    ['spec.sparseCheckout', { ...everything, sparseCheckout: [] }],
  ])('%s', (field, spec) => {
    const inputs = { revision: 'main@sha1:1', included: [] };
    expect(whyOutdated(published(everything)(spec), inputs)).toEqual({
      reason: 'NewRevision',
      message: `${field} changed`,
    });
  });

  test.each([
    [[artifact('b')]],
    [[artifact('a', 'main@sha1:2')]],
    [[]],
    [[artifact('a'), artifact('b')]],
  ])('an included artifact', (included) => {
    const repo = published({}, [artifact('a')])({});
    expect(whyOutdated(repo, { revision: 'main@sha1:1', included })).toMatchObject({
      reason: 'IncludeChange',
    });
  });

  test('when an included artifact was stored, or where it is served, is no change', () => {
    const moved = {
      ...artifact('a'),
      url: 'http://elsewhere',
      lastUpdateTime: '2027-01-01T00:00:00Z',
    };
    const repo = published({}, [artifact('a')])({});
    expect(whyOutdated(repo, { revision: 'main@sha1:1', included: [moved] })).toBeUndefined();
  });

  test('the order in which the API server lists fields is no change', () => {
    const include = [{ toPath: 'b', fromPath: 'a', repository: { name: 'lib' } }];
    const repo = published(everything)({ ...everything, include });
    expect(whyOutdated(repo, { revision: 'main@sha1:1', included: [] })).toBeUndefined();
  });
});

test('inputsStatus removes what the spec no longer says', () => {
  expect(inputsStatus(repository({}), { revision: 'r', included: [] })).toEqual({
    observedIgnore: undefined,
    observedInclude: undefined,
    observedRecurseSubmodules: undefined,
    observedSparseCheckout: undefined,
    includedArtifacts: undefined,
  });
});
