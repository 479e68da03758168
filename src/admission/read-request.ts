import { isRecord } from '../base/json.ts';
import type { KubeObject } from '../kube/object.ts';
import { BadReviewError, type ReviewedRequest } from '../runtime/webhook/admission-review.ts';
import type { AdmissionRequest, UserInfo } from './request.ts';

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** The request of an AdmissionReview, with the parts that rules rely on checked. @throws BadReviewError */
export function readRequest(reviewed: ReviewedRequest): AdmissionRequest {
  const operation = operations.find((known) => known === reviewed['operation']);
  if (!operation) throw new BadReviewError('the request has no operation that is known');
  const object = readObject(reviewed['object']);
  const oldObject = readObject(reviewed['oldObject']);
  const { subResource, namespace } = reviewed;
  return {
    uid: reviewed.uid,
    kind: readTriple(reviewed['kind'], 'kind'),
    resource: readTriple(reviewed['resource'], 'resource'),
    operation,
    name: textOf(reviewed['name']),
    userInfo: readUser(reviewed['userInfo']),
    dryRun: reviewed['dryRun'] === true,
    ...(typeof subResource === 'string' && subResource !== '' && { subResource }),
    ...(typeof namespace === 'string' && namespace !== '' && { namespace }),
    ...(object && { object }),
    ...(oldObject && { oldObject }),
  };
}

function readTriple<Last extends 'kind' | 'resource'>(value: unknown, last: Last) {
  const record = isRecord(value) ? value : {};
  const triple = { group: textOf(record['group']), version: textOf(record['version']) };
  // The one computed member is what the type says.
  return { ...triple, [last]: textOf(record[last]) } as typeof triple & Record<Last, string>;
}

/** An API server never leaves the user out; a request without one is from nobody to be trusted. */
function readUser(value: unknown): UserInfo {
  const record = isRecord(value) ? value : {};
  const { username, groups = [], uid } = record;
  if (typeof username !== 'string' || username === '') {
    throw new BadReviewError('the request does not say whose it is');
  }
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) {
    throw new BadReviewError('the groups of the user cannot be read');
  }
  return { username, groups, ...(typeof uid === 'string' && { uid }) };
}

function readObject(value: unknown): KubeObject | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isRecord(value)) throw new BadReviewError('the object is not one');
  const { metadata } = value;
  // Options of a connect have none; a name that is made up later is not there yet.
  const named = { name: '', ...(isRecord(metadata) ? metadata : {}) };
  return { ...value, metadata: named } as unknown as KubeObject;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
