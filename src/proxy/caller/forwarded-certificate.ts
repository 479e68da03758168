import { X509Certificate } from 'node:crypto';
import { forbidden } from '../refusal.ts';
import { isGoodAt } from './certificate-caller.ts';

/** Entries and fields are set apart by commas and semicolons outside of quotes. */
const quotedOr = (separator: string) =>
  new RegExp(`(?:"(?:\\\\.|[^"\\\\])*"|[^"${separator}])+`, 'gs');
const entries = quotedOr(',');
const fields = quotedOr(';');
const field = /^\s*([A-Za-z]+)=(?:"((?:\\.|[^"\\])*)"|([^"]*?))\s*$/s;
const clientAuth = '1.3.6.1.5.5.7.3.2';

/**
 * The client certificate in an X-Forwarded-Client-Cert header (Envoy's format): one header, one entry,
 * whose `Cert` is a PEM, URL-encoded, and whose `Hash`, if there, is its SHA-256. It must have been
 * issued by one of `authorities` itself, which is good now: what a proxy in front lets pass is not always
 * what the API server would. Authorities in between are not looked for.
 *
 * @throws Refusal 403
 */
export function forwardedCertificate(
  values: readonly string[],
  authorities: readonly X509Certificate[],
  nowMs: number,
): X509Certificate {
  const [value, ...others] = values;
  if (value === undefined || others.length > 0) throw odd('it must be there once');
  const found = fieldsOf(value);
  const certificate = parsePem(decode(found.get('cert') ?? ''));
  const hash = found.get('hash');
  const digest = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  if (hash !== undefined && hash.trim().toLowerCase() !== digest) throw odd('its Hash is another');
  const usages = certificate.keyUsage as readonly string[] | undefined;
  const isIssued = authorities.some(
    (authority) =>
      isGoodAt(authority, nowMs) &&
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey),
  );
  const isForClients = usages === undefined || usages.includes(clientAuth);
  if (!isIssued || !isForClients || certificate.ca) {
    throw odd('no authority of the API server issued its Cert for clients');
  }
  return certificate;
}

function fieldsOf(value: string): Map<string, string> {
  const [entry = '', ...others] = splitBy(entries, value, ',');
  if (others.length > 0) throw odd('it must hold one entry');
  const found = new Map<string, string>();
  for (const part of splitBy(fields, entry, ';')) {
    const [, key = '', quoted, bare] = field.exec(part) ?? [];
    const name = key.toLowerCase();
    const isSecond = (name === 'cert' || name === 'hash') && found.has(name);
    if (name === '' || isSecond) throw odd('its fields cannot be read');
    found.set(name, quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/gs, '$1'));
  }
  return found;
}

/** The pieces between separators, when nothing is left over, such as a quote without its end. */
function splitBy(pattern: RegExp, text: string, separator: string): string[] {
  const pieces = text.match(pattern) ?? [];
  if (pieces.join(separator) !== text) throw odd('its quotes cannot be read');
  return pieces;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%2B'));
  } catch {
    throw odd('its Cert is not URL-encoded');
  }
}

/** Exactly one certificate, and nothing around it. */
function parsePem(pem: string): X509Certificate {
  const only = /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;
  if (!only.test(pem)) throw odd('its Cert is not one PEM certificate');
  try {
    return new X509Certificate(pem);
  } catch {
    throw odd('its Cert is not one PEM certificate');
  }
}

const odd = (why: string) => forbidden(`the forwarded client certificate is refused: ${why}`);
