import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
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

/** A self-signed authority with a P-256 key, valid for ten years (RFC 5280). */
export function createAuthority(commonName: string): Authority {
  const { privateKey, publicKey } = newKeys();
  const subject = { commonName };
  const certPem = signed(subject, publicKey, { subject, key: privateKey }, [
    extension(oid.basicConstraints, sequence(boolean(true)), true),
    // digitalSignature, keyCertSign, cRLSign
    extension(oid.keyUsage, bitString(Buffer.from([0x86]), 1), true),
  ]);
  return { certPem, keyPem: pemOf(privateKey), subject, key: privateKey };
}

/** A certificate for TLS clients; Kubernetes takes the user and groups from its subject. */
export function issueClient(authority: Authority, subject: Subject): KeyedCertificate {
  return issue(authority, subject, [extendedKeyUsage(oid.clientAuth)]);
}

/**
 * A certificate for a TLS server under these DNS names and IPv4 addresses. It is good for clients
 * too: etcd's peers are both.
 */
export function issueServer(authority: Authority, names: readonly string[]): KeyedCertificate {
  const alternatives = names.map((name) =>
    isIPv4(name)
      ? element(0x87, Buffer.from(name.split('.').map(Number)))
      : element(0x82, Buffer.from(name, 'ascii')),
  );
  return issue(authority, { commonName: names[0] ?? '' }, [
    extendedKeyUsage(oid.serverAuth, oid.clientAuth),
    extension(oid.subjectAltName, sequence(...alternatives)),
  ]);
}

function issue(authority: Authority, subject: Subject, extensions: Buffer[]): KeyedCertificate {
  const { privateKey, publicKey } = newKeys();
  const certPem = signed(subject, publicKey, authority, [
    extension(oid.basicConstraints, sequence(), true),
    extension(oid.keyUsage, bitString(Buffer.from([0x80]), 7), true),
    ...extensions,
  ]);
  return { certPem, keyPem: pemOf(privateKey) };
}

type Signer = Pick<Authority, 'subject' | 'key'>;

function signed(subject: Subject, key: KeyObject, signer: Signer, extensions: Buffer[]): string {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  // Backdated, so that a clock a little behind does not refuse a certificate made just now.
  const from = new Date(Date.now() - 3600 * 1000);
  const until = new Date(from);
  until.setUTCFullYear(until.getUTCFullYear() + 10);
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    name(signer.subject),
    sequence(generalizedTime(from), generalizedTime(until)),
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
