import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bitString,
  boolean,
  element,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  utf8String,
} from './der.ts';

/** A certificate and its key, both as PEM. */
export interface KeyedCertificate {
  certPem: string;
  keyPem: string;
}

export interface Subject {
  /** For Kubernetes clients: the user name. */
  commonName: string;
  /** For Kubernetes clients: the groups. */
  organizations?: readonly string[];
}

/** A certificate authority; {@link createAuthority} makes one, its PEM form reads back with {@link readAuthority}. */
export interface Authority extends KeyedCertificate {
  subject: Subject;
  key: KeyObject;
}

const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** From when until when a certificate is good, as milliseconds since the epoch. */
export interface Validity {
  fromMs: number;
  untilMs: number;
}

/** A self-signed authority with a P-256 key (RFC 5280), valid for ten years unless told otherwise. */
export function createAuthority(commonName: string, validity = tenYears()): Authority {
  return selfSigned({ commonName }, newKeys().privateKey, validity);
}

/** The same authority, good for longer: who trusts the old certificate trusts what the new one issues. */
export function renewAuthority({ subject, key }: Authority, validity: Validity): Authority {
  return selfSigned(subject, key, validity);
}

function selfSigned(subject: Subject, key: KeyObject, validity: Validity): Authority {
  const bearer = { subject, key: createPublicKey(key), validity };
  const certPem = signed(bearer, { subject, key }, [
    extension(oid.basicConstraints, sequence(boolean(true)), true),
    // digitalSignature, keyCertSign, cRLSign
    extension(oid.keyUsage, bitString(Buffer.from([0x86]), 1), true),
  ]);
  return { certPem, keyPem: pemOf(key), subject, key };
}

/** An authority as it was kept. Throws an Error when the two do not belong together. */
export function readAuthority({ certPem, keyPem }: KeyedCertificate): Authority {
  const key = createPrivateKey(keyPem);
  const certificate = new X509Certificate(certPem);
  if (!certificate.ca || !certificate.checkPrivateKey(key)) {
    throw new Error('the certificate is no authority, or the key is not its own');
  }
  const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '';
  return { certPem, keyPem, subject: { commonName }, key };
}

/** A certificate for TLS clients; Kubernetes takes the user and groups from its subject. */
export function issueClient(authority: Authority, subject: Subject): KeyedCertificate {
  const validity = tenYears();
  return issue(authority, { subject, validity }, [extendedKeyUsage(oid.clientAuth)]);
}

/**
 * A certificate for a TLS server under these DNS names and IPv4 addresses, valid for ten years
 * unless told otherwise. It is good for clients too: etcd's peers are both.
 */
export function issueServer(
  authority: Authority,
  names: readonly string[],
  validity = tenYears(),
): KeyedCertificate {
  const alternatives = names.map((name) =>
    isIPv4(name)
      ? element(0x87, Buffer.from(name.split('.').map(Number)))
      : element(0x82, Buffer.from(name, 'ascii')),
  );
  // A common name has 64 characters at most (RFC 5280); who verifies looks at the other names.
  const subject = { commonName: (names[0] ?? '').slice(0, 64) };
  return issue(authority, { subject, validity }, [
    extendedKeyUsage(oid.serverAuth, oid.clientAuth),
    extension(oid.subjectAltName, sequence(...alternatives)),
  ]);
}

/** Whom a certificate is for, and how long. */
type Bearer = { subject: Subject; validity: Validity };

function issue(authority: Authority, bearer: Bearer, extensions: Buffer[]): KeyedCertificate {
  const { privateKey, publicKey } = newKeys();
  const certPem = signed({ ...bearer, key: publicKey }, authority, [
    extension(oid.basicConstraints, sequence(), true),
    extension(oid.keyUsage, bitString(Buffer.from([0x80]), 7), true),
    ...extensions,
  ]);
  return { certPem, keyPem: pemOf(privateKey) };
}

type Signer = Pick<Authority, 'subject' | 'key'>;

/** Backdated, so that a clock a little behind does not refuse a certificate made just now. */
function tenYears(): Validity {
  const from = new Date(Date.now() - 3600 * 1000);
  const until = new Date(from);
  until.setUTCFullYear(until.getUTCFullYear() + 10);
  return { fromMs: from.getTime(), untilMs: until.getTime() };
}

function signed(bearer: Bearer & { key: KeyObject }, signer: Signer, extensions: Buffer[]): string {
  const { subject, key, validity } = bearer;
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    name(signer.subject),
    sequence(
      generalizedTime(new Date(validity.fromMs)),
      generalizedTime(new Date(validity.untilMs)),
    ),
    name(subject),
    key.export({ type: 'spki', format: 'der' }),
    element(
      0xa3,
      sequence(
        ...extensions,
        extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(key))),
        extension(
          oid.authorityKeyIdentifier,
          sequence(element(0x80, keyIdentifier(createPublicKey(signer.key)))),
        ),
      ),
    ),
  );
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, signer.key)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function name({ commonName, organizations = [] }: Subject): Buffer {
  const part = (id: string, value: string) =>
    set(sequence(objectIdentifier(id), utf8String(value)));
  return sequence(
    ...organizations.map((organization) => part(oid.organization, organization)),
    part(oid.commonName, commonName),
  );
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

function extendedKeyUsage(...usages: string[]): Buffer {
  return extension(oid.extendedKeyUsage, sequence(...usages.map(objectIdentifier)));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
