import { expect, test } from 'vitest';
import { missingMetadata } from './missing-metadata.ts';

test('what is missing or differs is written, and nothing else', () => {
  const wanted = { labels: { team: 'oil', stage: 'prod' }, annotations: { cost: '7' } };
  const live = { labels: { team: 'gas', stage: 'prod', own: 'x' } };
  expect(missingMetadata(wanted, live)).toEqual({
    labels: { team: 'oil' },
    annotations: { cost: '7' },
  });
});

test('an object that has everything costs no request', () => {
  expect(missingMetadata({ labels: { team: 'oil' } }, { labels: { team: 'oil', own: 'x' } })).toBe(
    undefined,
  );
});
