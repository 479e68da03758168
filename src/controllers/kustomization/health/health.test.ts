import { describe, expect, it } from 'vitest';
import { judgeHealth, timeoutMessage, type ObjectHealth } from './health.ts';

const object = (name: string, status: ObjectHealth['status'], message = ''): ObjectHealth => ({
  ref: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'apps', name },
  status,
  message,
});

describe('health', () => {
  it('of nothing, and of what is current, is good', () => {
    expect(judgeHealth([])).toEqual({ state: 'healthy' });
    expect(judgeHealth([object('a', 'Current'), object('b', 'Current')])).toEqual({
      state: 'healthy',
    });
  });

  it.each(['InProgress', 'NotFound', 'Terminating', 'Unknown'] as const)(
    'is in progress while an object is %s',
    (status) => {
      const health = judgeHealth([object('a', 'Current'), object('b', status, '1 of 2 ready')]);
      expect(health).toEqual({
        state: 'progressing',
        message: `Deployment/apps/b status: '${status}': 1 of 2 ready`,
      });
    },
  );

  it('fails with one, and names it before those that only wait', () => {
    const health = judgeHealth([
      object('slow', 'InProgress', 'replicas'),
      object('bad', 'Failed', 'ImagePullBackOff'),
    ]);
    expect(health.state).toBe('failed');
    expect('message' in health && health.message).toMatch(
      /^Deployment\/apps\/bad status: 'Failed': ImagePullBackOff; Deployment\/apps\/slow /,
    );
  });

  it('may wait until none can move on any more', () => {
    const failed = object('bad', 'Failed');
    expect(judgeHealth([object('slow', 'InProgress'), failed], false).state).toBe('progressing');
    expect(judgeHealth([object('good', 'Current'), failed], false).state).toBe('failed');
  });

  it('names no more than a reader takes in', () => {
    const many = Array.from({ length: 40 }, (_, i) => object(`d${i}`, 'InProgress'));
    const health = judgeHealth(many);
    expect('message' in health && health.message).toMatch(/; and 35 more$/);
  });
});

it('says how long was waited, and for what', () => {
  expect(timeoutMessage("Deployment/apps/a status: 'InProgress'", 90_000)).toBe(
    "timeout after 1m30s waiting for: Deployment/apps/a status: 'InProgress'",
  );
});
