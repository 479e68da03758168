import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect, describe, test } from 'vitest';
import { createAuthority, issueClient, issueServer, readAuthority } from './certificate.ts';

const authority = createAuthority('test-ca');
const server = issueServer(authority, ['127.0.0.1', 'localhost', 'api.example.test']);

/** What a client with these options learns of a server that demands a certificate of the authority. */
async function handshake(options: ConnectionOptions) {
  const seen = Promise.withResolvers<string>();
  const listener = createServer(
    {
      ca: authority.certPem,
      cert: server.certPem,
      key: server.keyPem,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket: TLSSocket) => {
      const { subject } = socket.getPeerCertificate();
      seen.resolve(`${String(subject.CN)}/${[subject.O].flat().join(',')}`);
      socket.end();
    },
  );
  listener.on('tlsClientError', seen.reject);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ...options });
  client.on('error', seen.reject);
  try {
    return await seen.promise;
  } finally {
    client.destroy();
    listener.close();
  }
}

describe('certificates', () => {
  test('carry a client’s user and groups through a handshake', async () => {
    const client = issueClient(authority, {
      commonName: 'user-ä',
      organizations: ['system:masters', 'team:one'],
    });
    const seen = handshake({ ca: authority.certPem, cert: client.certPem, key: client.keyPem });
    expect(await seen).toBe('user-ä/system:masters,team:one');
  });

  test('of another authority are refused by the server', async () => {
    const stranger = createAuthority('test-ca');
    const client = issueClient(stranger, { commonName: 'user-a' });
    const { certPem: cert, keyPem: key } = client;
    await expect(handshake({ ca: authority.certPem, cert, key })).rejects.toThrow();
  });

  test('of another authority are refused by the client', async () => {
    const { certPem: cert, keyPem: key } = issueClient(authority, { commonName: 'user-a' });
    const ca = createAuthority('test-ca').certPem;
    await expect(handshake({ ca, cert, key })).rejects.toThrow(/certificate|signature/);
  });

  test('are good for the names they were issued for, and no other', () => {
    const certificate = new X509Certificate(server.certPem);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('api.example.test')).toBe('api.example.test');
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
    expect(certificate.checkHost('example.test')).toBeUndefined();
  });

  test('say what they are for', () => {
    const ca = new X509Certificate(authority.certPem);
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    const leaf = new X509Certificate(server.certPem);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(server.keyPem))).toBe(true);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    const client = new X509Certificate(issueClient(authority, { commonName: 'x' }).certPem);
    expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(client.serialNumber).not.toBe(leaf.serialNumber);
  });

  test('are valid from an hour ago for ten years', () => {
    const { validFromDate, validToDate } = new X509Certificate(server.certPem);
    const hour = 3600 * 1000;
    expect(Date.now() - validFromDate.getTime()).toBeGreaterThanOrEqual(hour);
    const years = (validToDate.getTime() - validFromDate.getTime()) / (365.25 * 24 * hour);
    expect(years).toBeCloseTo(10, 1);
  });

  test('are valid as long as they were asked to be', () => {
    const validity = { fromMs: Date.UTC(2030, 0, 1), untilMs: Date.UTC(2030, 5, 30) };
    const { certPem } = issueServer(createAuthority('short', validity), ['a.example'], validity);
    const { validFromDate, validToDate } = new X509Certificate(certPem);
    expect(validFromDate.getTime()).toBe(validity.fromMs);
    expect(validToDate.getTime()).toBe(validity.untilMs);
  });

  test('are issued by an authority that was read back', () => {
    const { certPem, keyPem } = authority;
    const leaf = new X509Certificate(
      issueServer(readAuthority({ certPem, keyPem }), ['x']).certPem,
    );
    expect(leaf.checkIssued(new X509Certificate(certPem))).toBe(true);
    expect(leaf.verify(new X509Certificate(certPem).publicKey)).toBe(true);
    const stranger = createAuthority('test-ca');
    expect(() => readAuthority({ certPem, keyPem: stranger.keyPem })).toThrow(/not its own/);
    expect(() => readAuthority(server)).toThrow(/no authority/);
  });
});
