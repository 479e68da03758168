import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { dueCertificate } from './due-certificate.ts';

const dayMs = 24 * 60 * 60_000;
const nowMs = Date.UTC(2026, 10, 26);
const names = ['webhooks.example.svc', '127.0.0.1'];
const first = dueCertificate({}, { names, nowMs });
if (!first) throw new Error('nothing was issued');
const after = (days: number) => ({ names, nowMs: nowMs + days * dayMs });

describe('a certificate', () => {
  test('is issued where there is none, for 180 days, and is then good', () => {
    const leaf = new X509Certificate(first.certPem);
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkHost('webhooks.example.svc')).toBe('webhooks.example.svc');
    expect(leaf.validToDate.getTime()).toBe(nowMs + 180 * dayMs);
    expect(dueCertificate(first, { names, nowMs })).toBeUndefined();
    expect(dueCertificate(first, after(119))).toBeUndefined();
  });

  test('is renewed before it ends, by the same authority', () => {
    const next = dueCertificate(first, after(121));
    expect(next).toMatchObject({ caPem: first.caPem, caKeyPem: first.caKeyPem });
    expect(next?.certPem).not.toBe(first.certPem);
    expect(new X509Certificate(first.certPem).validToDate.getTime()).toBeGreaterThan(
      nowMs + 121 * dayMs,
    );
  });

  test('is renewed for a name it lacks', () => {
    const wish = { names: [...names, 'elsewhere.example'], nowMs };
    const next = dueCertificate(first, wish);
    expect(next && dueCertificate(next, wish)).toBeUndefined();
    expect(next && new X509Certificate(next.certPem).checkHost('elsewhere.example')).toBeDefined();
  });

  test.each([
    [
      'a leaf of another authority',
      { certPem: dueCertificate({}, { names, nowMs })?.certPem ?? '' },
    ],
    ['no leaf', { certPem: 'none' }],
    ['a key of another authority', { caKeyPem: first.keyPem }],
    ['no authority', { caPem: 'none' }],
  ])('is made anew beside %s', (_, wrong) => {
    const next = dueCertificate({ ...first, ...wrong }, { names, nowMs });
    expect(next).toBeDefined();
    expect(next && dueCertificate(next, { names, nowMs })).toBeUndefined();
  });
});

describe('an authority', () => {
  test('near its end is renewed with its key: who knows the old one trusts the new leaf', () => {
    const next = dueCertificate(first, after(3650 - 359));
    expect(next?.caPem).not.toBe(first.caPem);
    expect(next?.caKeyPem).toBe(first.caKeyPem);
    const leaf = new X509Certificate(next?.certPem ?? '');
    const old = new X509Certificate(first.caPem);
    expect(leaf.checkIssued(old)).toBe(true);
    expect(leaf.verify(old.publicKey)).toBe(true);
  });

  test('past its end is replaced', () => {
    expect(dueCertificate(first, after(3651))?.caKeyPem).not.toBe(first.caKeyPem);
  });
});
