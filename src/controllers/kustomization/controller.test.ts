import { expect, it } from 'vitest';
import { kustomizationController } from './controller.ts';

type Told = Parameters<NonNullable<typeof kustomizationController.eventMetadata>>[0];

it.each([
  [{}, {}],
  [{ lastAttemptedRevision: 'main@sha1:2' }, { revision: 'main@sha1:2' }],
  [
    {
      lastAttemptedRevision: 'sha256:a',
      lastAppliedRevision: 'sha256:a',
      lastAppliedOriginRevision: 'main@sha1:1',
    },
    { revision: 'sha256:a', originRevision: 'main@sha1:1' },
  ],
  [
    {
      lastAttemptedRevision: 'sha256:b',
      lastAppliedRevision: 'sha256:a',
      lastAppliedOriginRevision: 'main@sha1:1',
    },
    { revision: 'sha256:b' },
  ],
])('events about status %o say %o', (status, expected) => {
  // Nothing else of the object is looked at.
  expect(kustomizationController.eventMetadata?.({ status } as Told)).toEqual(expected);
});
