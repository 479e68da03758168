import { createHash, createHmac } from 'node:crypto';
import { textIn, type AskService } from './ask-service.ts';
import { awsEndpoint, type AwsRegion } from '../cloud/aws-web-identity.ts';
import { requireValues, type Credentials } from './credentials.ts';
import { fieldOf, KeyServiceError, type UnwrapKey, type WrappedKey } from './key-service.ts';

/** What AWS KMS is asked with, and where: the endpoint of the key's region unless a test says so. */
export interface AwsKmsOptions extends Pick<AwsRegion, 'endpoint'> {
  /** Asked for once per region. */
  credentials: (at: AwsRegion, signal: AbortSignal) => Promise<Credentials>;
  now: () => Date;
}

const arnPattern = /^arn:(aws[a-z-]*):kms:([a-z0-9-]{1,32}):\d{12}:(?:key|alias)\/[\w/-]{1,256}$/;
const service = 'kms';

/**
 * Unwraps data keys with AWS KMS.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
 */
export function createAwsKmsService(ask: AskService, options: AwsKmsOptions): UnwrapKey {
  const { endpoint, now } = options;
  const known = new Map<string, Promise<Credentials>>();
  return async (key, signal) => {
    const arn = fieldOf(key, 'arn');
    const [, partition = '', region = ''] = arnPattern.exec(arn) ?? [];
    if (region === '') throw new KeyServiceError('malformed', 'a kms key has no usable arn');
    if (key.fields['role']) {
      const message =
        'roles of AWS KMS keys are not supported: give the credentials the right itself';
      throw new KeyServiceError('no-credentials', message);
    }
    const at = { region, partition, endpoint };
    const asked = known.get(region) ?? options.credentials(at, signal);
    known.set(region, asked);
    const credentials = await asked;
    const body = JSON.stringify({
      KeyId: arn,
      CiphertextBlob: fieldOf(key, 'enc'),
      ...contextOf(key),
    });
    const url = new URL(awsEndpoint('kms', at));
    const headers = sign({ url, body, region, credentials, now });
    const answer = await ask(
      { name: `AWS KMS (${arn})`, method: 'POST', url, headers, body },
      signal,
    );
    return Buffer.from(textIn(answer, ['Plaintext'], 'AWS KMS'), 'base64');
  };
}

/** `context` of the file is what AWS calls the encryption context. */
function contextOf({ fields }: WrappedKey): { EncryptionContext?: Record<string, string> } {
  const { context } = fields;
  if (typeof context !== 'object' || context === null) return {};
  const entries = Object.entries(context).map(([name, value]) => [name, String(value)]);
  return entries.length === 0 ? {} : { EncryptionContext: Object.fromEntries(entries) };
}

interface Signed {
  credentials: Credentials;
  now: () => Date;
  url: URL;
  body: string;
  region: string;
}

/** Signature version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
function sign({ url, body, region, credentials, now }: Signed): Record<string, string> {
  const { aws_access_key_id: id, aws_secret_access_key: secret } = requireValues(
    'sops.aws-kms',
    credentials,
    ['aws_access_key_id', 'aws_secret_access_key'],
  );
  const token = credentials['aws_session_token'];
  const time = now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const date = time.slice(0, 8);
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.1',
    host: url.host,
    'x-amz-date': time,
    ...(token && { 'x-amz-security-token': token }),
    'x-amz-target': 'TrentService.Decrypt',
  };
  const names = Object.keys(headers).sort((a, b) => (a < b ? -1 : 1));
  const canonical = [
    'POST',
    url.pathname,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const signingKey = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    `AWS4${secret}`,
  );
  const signature = createHmac('sha256', signingKey).update(toSign).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
