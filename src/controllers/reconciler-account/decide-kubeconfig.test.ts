import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatKubeconfig } from '../../kube/format-kubeconfig.ts';
import { decideKubeconfig, type KubeconfigFacts } from './decide-kubeconfig.ts';

const hour = 3_600_000;
const issuedMs = Date.UTC(2026, 0, 1);
const endpoint = { server: 'https://proxy.example:9001', ca: 'authority' };

function tokenOf(claims: { life?: number; secret?: string; account?: string } = {}): string {
  const { life = 2 * hour, secret = 'secret-uid', account = 'account-uid' } = claims;
  const payload = {
    iat: issuedMs / 1000,
    exp: (issuedMs + life) / 1000,
    aud: ['api'],
    'kubernetes.io': { secret: { uid: secret }, serviceaccount: { uid: account } },
  };
  return ['header', JSON.stringify(payload), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
}
const factsOf = (token: string, more: Partial<KubeconfigFacts> = {}): KubeconfigFacts => ({
  kubeconfig: formatKubeconfig({ ...endpoint, token }),
  secretUid: 'secret-uid',
  accountUid: 'account-uid',
  endpoint,
  lifeMs: 2 * hour,
  nowMs: issuedMs,
  ...more,
});

test('a kubeconfig is left for two to three fifths of its life, and then renewed', () => {
  const token = tokenOf();
  const decision = decideKubeconfig(factsOf(token));
  if (decision.do !== 'leave') throw new Error(decision.do);
  const { againMs } = decision;
  expect(againMs).toBeGreaterThanOrEqual(0.8 * hour);
  expect(againMs).toBeLessThanOrEqual(1.2 * hour);
  const at = (nowMs: number) => decideKubeconfig(factsOf(token, { nowMs })).do;
  expect(at(issuedMs + againMs - 1)).toBe('leave');
  expect(at(issuedMs + againMs)).toBe('mint');
});

test('those that were made together are renewed apart', () => {
  const dueAt = Array.from({ length: 1000 }, (_, index) => {
    const secretUid = `uid-${index}`;
    const decision = decideKubeconfig(factsOf(tokenOf({ secret: secretUid }), { secretUid }));
    return decision.do === 'leave' ? decision.againMs : 0;
  });
  const perMinute = new Map<number, number>();
  for (const ms of dueAt) {
    const minute = Math.floor(ms / 60_000);
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
  }
  expect(Math.max(...perMinute.values())).toBeLessThan(100);
});

test.each<[string, KubeconfigFacts]>([
  ['is none', factsOf(tokenOf(), { kubeconfig: undefined })],
  ['is empty', factsOf(tokenOf(), { kubeconfig: '' })],
  ['is no YAML', factsOf(tokenOf(), { kubeconfig: '{[' })],
  ['has another token than a JSON Web Token', factsOf('opaque')],
  ['has a token of another Secret', factsOf(tokenOf({ secret: 'former' }))],
  ['has a token of the account that had the name before', factsOf(tokenOf({ account: 'former' }))],
  ['lives longer than is wished now', factsOf(tokenOf({ life: 24 * hour }))],
  ['is over', factsOf(tokenOf(), { nowMs: issuedMs + 3 * hour })],
])('one that %s is made', (_what, facts) => {
  expect(decideKubeconfig(facts)).toEqual({ do: 'mint' });
});

test('a shorter life than is wished is taken as it is: API servers have a limit', () => {
  const decision = decideKubeconfig(factsOf(tokenOf({ life: hour })));
  expect(decision).toMatchObject({ do: 'leave' });
});

test('what leads elsewhere, or was changed, is written anew with the same token', () => {
  const token = tokenOf();
  const kubeconfig = formatKubeconfig({ ...endpoint, token });
  for (const other of [
    formatKubeconfig({ server: 'https://elsewhere:9001', ca: endpoint.ca, token }),
    formatKubeconfig({ server: endpoint.server, ca: 'older', token }),
    `${kubeconfig}# a note\n`,
  ]) {
    const decision = decideKubeconfig({ ...factsOf(token), kubeconfig: other });
    expect(decision).toEqual({ do: 'rewrite', kubeconfig });
  }
});

test('whatever somebody wrote there, it is decided', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (kubeconfig) => {
      expect(decideKubeconfig({ ...factsOf(tokenOf()), kubeconfig })).toEqual({ do: 'mint' });
    }),
  );
});
