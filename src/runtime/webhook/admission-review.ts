import { isRecord, parseJson, stringifyJson } from '../../base/json.ts';
import type { JsonPatchOperation } from '../../kube/json-patch.ts';

/** What a hook says of a request: admission.k8s.io/v1 AdmissionResponse, without the uid. */
export interface AdmissionAnswer {
  allowed: boolean;
  /** Of a refusal. */
  status?: { code: number; reason: string; message: string };
  patch?: readonly JsonPatchOperation[];
  /** What `kubectl` prints as `Warning: …`. */
  warnings?: readonly string[];
  /** Added to the API server's audit event, under the name of the webhook. */
  auditAnnotations?: Readonly<Record<string, string>>;
}

/** The `request` of an AdmissionReview, as it came. */
export type ReviewedRequest = Readonly<Record<string, unknown>> & { uid: string };

/** What was sent is no AdmissionReview. */
export class BadReviewError extends Error {
  override readonly name = 'BadReviewError';
}

const apiVersion = 'admission.k8s.io/v1';

/** The request within an AdmissionReview. @throws BadReviewError */
export function parseReview(body: string): ReviewedRequest {
  const review = parseBody(body);
  if (review['apiVersion'] !== apiVersion || review['kind'] !== 'AdmissionReview') {
    throw new BadReviewError(`not an AdmissionReview of ${apiVersion}`);
  }
  const { request } = review;
  const uid = isRecord(request) ? request['uid'] : undefined;
  if (!isRecord(request) || typeof uid !== 'string' || uid === '') {
    throw new BadReviewError('the AdmissionReview has no request with a uid');
  }
  return { ...request, uid };
}

function parseBody(body: string): Record<string, unknown> {
  try {
    const review = parseJson(body);
    if (isRecord(review)) return review;
  } catch {
    // Said below.
  }
  throw new BadReviewError('the body is not a JSON object');
}

/** The AdmissionReview that answers the request of that uid. */
export function formatReview(uid: string, answer: AdmissionAnswer): string {
  const { allowed, status, patch = [], warnings = [], auditAnnotations } = answer;
  const isPatched = allowed && patch.length > 0;
  return stringifyJson({
    apiVersion,
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed,
      ...(!allowed && status && { status }),
      ...(isPatched && {
        patchType: 'JSONPatch',
        patch: Buffer.from(stringifyJson(patch)).toString('base64'),
      }),
      ...(warnings.length > 0 && { warnings }),
      ...(auditAnnotations && { auditAnnotations }),
    },
  });
}
