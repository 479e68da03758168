import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createLog } from '../../base/log.ts';
import { readCertificateFiles } from './certificate-files.ts';
import { dueCertificate } from './due-certificate.ts';

let folder: string;
const stopping = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tenantry-certificates-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const issued = () => {
  const made = dueCertificate({}, { names: ['127.0.0.1'], nowMs: Date.now() });
  if (!made) throw new Error('nothing was issued');
  return made;
};
const files = () => ({
  cert: path.join(folder, 'tls.crt'),
  key: path.join(folder, 'tls.key'),
  ca: path.join(folder, 'ca.crt'),
});
async function put({ certPem, keyPem }: { certPem: string; keyPem: string }) {
  await writeFile(files().cert, certPem);
  await writeFile(files().key, keyPem);
}
function open() {
  const clock = createFakeClock();
  const lines: string[] = [];
  const log = createLog({ level: 'error', write: (line) => void lines.push(line) });
  const { signal } = stopping;
  return { clock, lines, reading: readCertificateFiles({ files: files(), clock, log, signal }) };
}

test('without a certificate nothing is served', async () => {
  await expect(open().reading).rejects.toThrow('ENOENT');
});

test('the authority is registered if its file is there, and left to another if not', async () => {
  const made = issued();
  await put(made);
  expect((await open().reading).current()).not.toHaveProperty('caPem');
  await writeFile(files().ca, made.caPem);
  expect((await open().reading).current()).toMatchObject({ caPem: made.caPem });
});

test.each([
  ['certificate', { certPem: '' }],
  ['key', { keyPem: '' }],
])('an empty file is no %s', async (_, part) => {
  await put({ ...issued(), ...part });
  await expect(open().reading).rejects.toThrow();
});

test('a renewed one is taken up, and one half written is left alone', async () => {
  const [first, second] = [issued(), issued()];
  await put(first);
  const { clock, lines, reading } = open();
  const certificates = await reading;
  const renewals: string[] = [];
  certificates.onRenewal(({ certPem }) => renewals.push(certPem));
  await writeFile(files().cert, second.certPem);
  await eventually('the mismatch is told', async () => {
    await clock.advance(10_000);
    return lines.some((line) => line.includes('cannot be read'));
  });
  expect(certificates.current().certPem).toBe(first.certPem);
  await put(second);
  await eventually('it is served', async () => {
    await clock.advance(10_000);
    return certificates.current().certPem === second.certPem;
  });
  expect(renewals).toEqual([second.certPem]);
});
