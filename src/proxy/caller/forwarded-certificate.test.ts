import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAuthority, issueClient, issueServer } from '../../base/certificate.ts';
import { certificateCaller } from './certificate-caller.ts';
import { forwardedCertificate } from './forwarded-certificate.ts';

const authority = createAuthority('cluster');
const trusted = [new X509Certificate(authority.certPem)];
const { certPem } = issueClient(authority, { commonName: 'alice', organizations: ['a,b', 'c'] });
const hash = new X509Certificate(certPem).fingerprint256.replaceAll(':', '').toLowerCase();
const cert = encodeURIComponent(certPem);
const foreign = issueClient(createAuthority('cluster'), { commonName: 'alice' }).certPem;
const server = issueServer(authority, ['x.example']).certPem;

const now = Date.now();
const nameOf = (...values: string[]) =>
  certificateCaller(forwardedCertificate(values, trusted, now), now)?.user;

describe('a forwarded certificate', () => {
  test.each([
    [`Cert="${cert}"`],
    [`Hash=${hash};Cert="${cert}"`],
    [`Hash=${hash.toUpperCase()};Cert="${cert}";Subject="CN=\\"x\\",O=;y";URI=;DNS=a`],
    [`By=spiffe://x/y;Hash=${hash};Cert=${cert}`],
  ])('is read from %.40s…', (value) => {
    expect(nameOf(value)).toBe('alice');
  });

  test.each([
    ['nothing', []],
    ['two headers', [`Cert="${cert}"`, `Cert="${cert}"`]],
    ['two entries', [`Cert="${cert}",Cert="${cert}"`]],
    ['an entry and a comma', [`Cert="${cert}",`]],
    ['two of them in one entry', [`Cert="${cert}";Cert="${cert}"`]],
    ['one and an empty one', [`Cert="${cert}";cert=`]],
    ['no Cert', [`Hash=${hash}`]],
    ['an empty Cert', ['Cert=""']],
    ['another Hash', [`Hash=${'0'.repeat(64)};Cert="${cert}"`]],
    ['two hashes', [`Hash=${hash};Hash=${'0'.repeat(64)};Cert="${cert}"`]],
    ['a quote without its end', [`Cert="${cert}`]],
    ['broken escapes', ['Cert="%zz"']],
    ['text beside the PEM', [`Cert="${cert}x"`]],
    ['two PEMs', [`Cert="${cert}${cert}"`]],
    ['a key', [`Cert="${encodeURIComponent('-----BEGIN PRIVATE KEY-----')}"`]],
    ['one of another authority', [`Cert="${encodeURIComponent(foreign)}"`]],
    ['the authority itself', [`Cert="${encodeURIComponent(authority.certPem)}"`]],
  ])('is refused with %s', (_, values) => {
    expect(() => nameOf(...values)).toThrow(/the forwarded client certificate is refused/);
  });

  test('is refused once its authority has ended, and before that began', () => {
    const [day, validity] = [24 * 3600_000, { fromMs: now, untilMs: now + 24 * 3600_000 }];
    const short = createAuthority('short', validity);
    const authorities = [new X509Certificate(short.certPem)];
    const value = `Cert="${encodeURIComponent(issueClient(short, { commonName: 'a' }).certPem)}"`;
    const at = (nowMs: number) => () => forwardedCertificate([value], authorities, nowMs);
    expect(at(now + day / 2)).not.toThrow();
    expect(at(now + 2 * day)).toThrow('no authority of the API server issued its Cert');
    expect(at(now - day / 2)).toThrow('no authority of the API server issued its Cert');
  });

  test("a server's that is for clients too counts, as it does at the API server", () => {
    expect(nameOf(`Cert="${encodeURIComponent(server)}"`)).toBe('x.example');
  });
});

describe('the caller of a certificate', () => {
  const caller = (pem: string, nowMs = Date.now()) =>
    certificateCaller(new X509Certificate(pem), nowMs);

  test('has its organisations as groups, whatever is in their names', () => {
    expect(caller(certPem)).toEqual({
      user: 'alice',
      groups: ['a,b', 'c', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${hash}`] },
    });
  });

  test.each([
    ['before its time', () => caller(certPem, Date.now() - 2 * 3600_000)],
    ['after its time', () => caller(certPem, Date.now() + 11 * 366 * 24 * 3600_000)],
    ['without a name', () => caller(issueClient(authority, { commonName: '' }).certPem)],
  ])('is nobody %s', (_, read) => {
    expect(read()).toBeUndefined();
  });

  test.each([
    ['alice\nO=system:masters'],
    ['alice, O=system:masters'],
    ['alice/O=system:masters'],
    ['O=system:masters'],
  ])('%j has no group by its name', (commonName) => {
    const found = caller(issueClient(authority, { commonName }).certPem);
    expect(found).toMatchObject({ user: commonName, groups: ['system:authenticated'] });
  });
});
