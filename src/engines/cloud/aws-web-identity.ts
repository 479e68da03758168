import { textIn, type AskService } from '../sops/ask-service.ts';
import type { Credentials } from '../sops/credentials.ts';
import { KeyServiceError } from '../sops/key-service.ts';
import type { WorkloadIdentity } from './workload-identity.ts';

/** The region whose service is asked, and another place for it in tests. */
export interface AwsRegion {
  region: string;
  partition: string;
  endpoint?: ((service: 'kms' | 'sts', region: string) => string) | undefined;
}

const roleAnnotation = 'eks.amazonaws.com/role-arn';
const rolePattern = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const audience = 'sts.amazonaws.com';
const names = {
  aws_access_key_id: 'AccessKeyId',
  aws_secret_access_key: 'SecretAccessKey',
  aws_session_token: 'SessionToken',
} as const;

/** Where a service of AWS is asked, in a region. */
export function awsEndpoint(service: 'kms' | 'sts', { region, partition, endpoint }: AwsRegion) {
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return endpoint?.(service, region) ?? `https://${service}.${region}.${domain}/`;
}

/**
 * Credentials, for an hour at most, of the IAM role that a ServiceAccount's annotation names.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 *
 * @throws KeyServiceError
 */
export async function assumeRole(
  ask: AskService,
  identity: WorkloadIdentity,
  at: AwsRegion,
  signal: AbortSignal,
): Promise<Credentials> {
  const role = await identity.annotation(roleAnnotation, signal);
  if (!rolePattern.test(role)) {
    throw new KeyServiceError('no-credentials', `the annotation ${roleAnnotation} is no role`);
  }
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: sessionName(identity.label),
    WebIdentityToken: await identity.token(audience, signal),
  }).toString();
  const name = `AWS STS (${role})`;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  const url = new URL(awsEndpoint('sts', at));
  const answer = await ask({ name, method: 'POST', url, headers, body }, signal);
  const path = ['AssumeRoleWithWebIdentityResponse', 'AssumeRoleWithWebIdentityResult'];
  const entries = Object.entries(names).map(([key, field]) => [
    key,
    textIn(answer, [...path, 'Credentials', field], name),
  ]);
  return Object.fromEntries(entries) as Credentials;
}

/** At most 64 characters of a kind that AWS takes. */
function sessionName(label: string): string {
  return label.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64);
}
