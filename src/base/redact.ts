/**
 * The one place that keeps secrets out of messages, events, logs and metrics.
 * Everything a user can read passes through it: status messages, event notes, log fields.
 */

const patterns: readonly [RegExp, string][] = [
  // Userinfo of any URL: https://user:token@host → https://***@host
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]+@/gi, '$1***@'],
  // HTTP credentials, wherever a client library put them into its message.
  [
    /\b(authorization|proxy-authorization|x-auth-token|private-token)\b(["']?\s*[:=]\s*)[^\r\n,"']+/gi,
    '$1$2***',
  ],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  // JSON Web Tokens and PEM private keys stand out by form.
  [/\beyJ[a-zA-Z0-9_-]{8,}\.[a-zA-Z0-9_-]{8,}\.[a-zA-Z0-9_-]*/g, '***'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '***'],
  [/\bAGE-SECRET-KEY-1[0-9A-Z]+/g, '***'],
  [/\b(password|passwd|token|secret|api[_-]?key)(["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi, '$1$2***'],
  // git+https query credentials: ?access_token=…
  [/([?&](?:access_token|private_token|token|sig|signature)=)[^&\s"']+/gi, '$1***'],
];

/** `text` with every credential it recognises, and every value of `known`, replaced by `***`. */
export function redact(text: string, known: Iterable<string> = []): string {
  let clean = text;
  for (const secret of known) {
    if (secret.length >= 4) clean = clean.split(secret).join('***');
  }
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}
