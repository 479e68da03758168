import { describe, expect, test } from 'vitest';
import { decideSourceAccess, type StoredAccessFrom, type SourceTarget } from './source-acl.ts';

const locked = { noCrossNamespaceRefs: false, enableSourceAcl: true };
const open = { noCrossNamespaceRefs: false, enableSourceAcl: false };
const sealed = { noCrossNamespaceRefs: true, enableSourceAcl: true };

const labels = { 'kubernetes.io/metadata.name': 'team-b', env: 'prod', tier: 'gold' };
const teamB = { namespace: 'team-b', labels };

const shared = (accessFrom?: StoredAccessFrom): SourceTarget => ({
  namespace: 'team-a',
  found: accessFrom === undefined ? {} : { accessFrom },
});
const selecting = (...matchLabels: Record<string, string>[]): SourceTarget =>
  shared({ namespaceSelectors: matchLabels.map((each) => ({ matchLabels: each })) });

const decide = (source: SourceTarget, policy = locked, referrer = teamB) =>
  decideSourceAccess({ referrer, source, policy });

describe('own namespace', () => {
  const own = { namespace: 'team-b' };

  test.each([locked, open, sealed])('is always allowed: %o', (policy) => {
    expect(decide(own, policy)).toEqual({ allowed: true });
    expect(decide({ ...own, found: { accessFrom: { namespaceSelectors: [] } } }, policy)).toEqual({
      allowed: true,
    });
  });

  test('needs no knowledge of the namespace', () => {
    expect(
      decideSourceAccess({ referrer: { namespace: 'team-b' }, source: own, policy: sealed }),
    ).toEqual({ allowed: true });
  });
});

describe('with the ACL on, another namespace', () => {
  test.each<[string, SourceTarget]>([
    ['an empty selector selects every namespace', selecting({})],
    ['a selector without labels selects every namespace', shared({ namespaceSelectors: [{}] })],
    ['the name label', selecting({ 'kubernetes.io/metadata.name': 'team-b' })],
    ['all labels of one selector', selecting({ env: 'prod', tier: 'gold' })],
    ['one of several selectors', selecting({ env: 'dev' }, { tier: 'gold' })],
  ])('is allowed by %s', (_, source) => {
    expect(decide(source)).toEqual({ allowed: true });
  });

  test.each<[string, SourceTarget]>([
    ['source is not shared', shared()],
    ['source is not shared', shared({})],
    ['source is not shared', selecting()],
    ['no selector matches', selecting({ env: 'dev' })],
    ['no selector matches', selecting({ env: 'prod', tier: 'silver' })],
    ['no selector matches', selecting({ env: 'prod', region: 'eu' })],
    ['no selector matches', selecting({ env: 'dev' }, { env: 'test' })],
    ['no selector matches', selecting({ env: 'Prod' })],
    ['no selector matches', selecting({ env: '' })],
    ['no selector matches', selecting({ constructor: 'Object' })],
    ['no such source', { namespace: 'team-a' }],
  ])('is denied because %s', (cause, source) => {
    expect(decide(source)).toMatchObject({ allowed: false, cause });
  });

  test('a label the namespace inherits from nowhere does not match', () => {
    const inherited = Object.create({ env: 'prod' }) as Record<string, string>;
    const referrer = { namespace: 'team-b', labels: inherited };
    expect(decide(selecting({ env: 'prod' }), locked, referrer as typeof teamB)).toMatchObject({
      allowed: false,
    });
  });

  test('a namespace that is not known is not let in, not even by an open grant', () => {
    const decision = decideSourceAccess({
      referrer: { namespace: 'team-b' },
      source: selecting({}),
      policy: locked,
    });
    expect(decision).toMatchObject({ allowed: false, cause: 'no selector matches' });
  });
});

describe('between tenants', () => {
  const tenantLabel = 'capsule.clastix.io/tenant';
  const gas = { namespace: 'team-b', labels: { ...labels, [tenantLabel]: 'gas' } };
  const from = (tenant: string | undefined, matchLabels: Record<string, string>) => ({
    ...selecting(matchLabels),
    ...(tenant !== undefined && { labels: tenant === '' ? {} : { [tenantLabel]: tenant } }),
  });
  const own = { env: 'prod' };

  test.each<[string, SourceTarget]>([
    ['that of a neighbour', from('oil', own)],
    ['that of somebody who is not known yet', from(undefined, own)],
  ])('labels that owners may set open no source: %s', (_, source) => {
    expect(decide(source, locked, gas as typeof teamB)).toMatchObject({
      allowed: false,
      cause: 'the labels count within the tenant of the source only',
      message: expect.stringContaining('{matchLabels: {kubernetes.io/metadata.name: team-b}}'),
    });
  });

  test.each<[string, SourceTarget]>([
    ['that of the platform', from('', own)],
    ['the own one', from('gas', own)],
    ['one that is open to everybody', from('oil', {})],
    ['one that names the namespace', from('oil', { 'kubernetes.io/metadata.name': 'team-b' })],
    ['one that names the tenant', from('oil', { ...own, [tenantLabel]: 'gas' })],
  ])('a source is open: %s', (_, source) => {
    expect(decide(source, locked, gas as typeof teamB)).toEqual({ allowed: true });
  });

  test('a namespace of no tenant is labelled by the platform', () => {
    expect(decide(from('oil', own))).toEqual({ allowed: true });
  });
});

describe('policy', () => {
  test('ACL off: other namespaces are allowed, as upstream', () => {
    expect(decide(shared(), open)).toEqual({ allowed: true });
    expect(decide({ namespace: 'team-a' }, open)).toEqual({ allowed: true });
  });

  test('--no-cross-namespace-refs refuses even a granted reference', () => {
    expect(decide(selecting({}), sealed)).toMatchObject({
      allowed: false,
      cause: 'cross-namespace references are off',
    });
    expect(decide(selecting({}), { ...sealed, enableSourceAcl: false })).toMatchObject({
      allowed: false,
    });
  });
});

describe('what a denied tenant reads', () => {
  const targets: SourceTarget[] = [
    { namespace: 'team-a' },
    { namespace: 'no-such-namespace' },
    shared(),
    selecting(),
    selecting({ env: 'secret-codename' }),
  ];

  test.each([locked, sealed])('is the same bytes whatever the target is: %o', (policy) => {
    const messages = targets.map((target) => {
      const decision = decide(target, policy);
      return decision.allowed ? 'allowed' : decision.message;
    });
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toContain("namespace 'team-b'");
    expect(messages[0]).not.toMatch(/team-a|secret-codename|env/);
  });

  test('says which grant would help', () => {
    expect(decide({ namespace: 'team-a' })).toMatchObject({
      message: expect.stringContaining('{matchLabels: {kubernetes.io/metadata.name: team-b}}'),
    });
  });

  test('names the flag when no grant would help', () => {
    expect(decide(selecting({}), sealed)).toMatchObject({
      message: expect.stringContaining('--no-cross-namespace-refs'),
    });
  });
});
