import { expect, test } from 'vitest';
import { staleMetadata, type StaleRequest } from './stale-metadata.ts';

const stale = (request: Partial<StaleRequest>) =>
  staleMetadata({
    recorded: {},
    managed: { labels: {}, annotations: {} },
    live: {},
    managedOnly: false,
    ...request,
  });

test('what was managed and is not any more goes', () => {
  expect(
    stale({
      recorded: { labels: { team: 'oil', stage: 'prod' }, annotations: { owner: 'alice' } },
      managed: { labels: { stage: 'test' }, annotations: {} },
      live: { labels: { team: 'oil', stage: 'prod' }, annotations: { owner: 'alice' } },
    }),
  ).toEqual({ labels: { team: null }, annotations: { owner: null } });
});

test('what somebody has written since stays', () => {
  expect(stale({ recorded: { labels: { team: 'oil' } }, live: { labels: { team: 'gas' } } })).toBe(
    undefined,
  );
});

test('what is gone already needs no request', () => {
  expect(stale({ recorded: { labels: { team: 'oil' } }, live: { labels: {} } })).toBe(undefined);
});

test('where only managed metadata may be, all else goes, but for what is not for tenants to say', () => {
  const live = {
    labels: {
      own: 'x',
      'kubernetes.io/metadata.name': 'oil-apps',
      'capsule.clastix.io/tenant': 'oil',
      'projectcapsule.dev/cordoned': 'true',
    },
    annotations: { note: 'y', 'tenantry.dev/applied': 'digest' },
  };
  expect(stale({ live, managedOnly: true })).toEqual({
    labels: { own: null },
    annotations: { note: null },
  });
});
