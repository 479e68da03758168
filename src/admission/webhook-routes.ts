import { diffJson } from '../kube/json-patch.ts';
import type { AdmissionAnswer } from '../runtime/webhook/admission-review.ts';
import type { WebhookRoute } from '../runtime/webhook/webhook-server.ts';
import type { AdmissionContext } from './context.ts';
import type { Decision } from './evaluate-rules.ts';
import { hookName } from './hook-name.ts';
import type { DefinedHook } from './hook.ts';
import { readRequest } from './read-request.ts';
import type { AdmissionRequest } from './request.ts';

/** What a webhook server serves for these hooks, by path. */
export function webhookRoutes(
  hooks: readonly DefinedHook[],
  admission: AdmissionContext,
): Map<string, WebhookRoute> {
  return new Map(
    hooks.map((hook) => [
      hook.path,
      {
        name: hookName(hook),
        async review(reviewed) {
          const request = readRequest(reviewed);
          const decision = await hook.review(request, admission);
          if (decision.denial) admission.events.refused(request, decision.denial);
          for (const told of decision.told) admission.events.changed(request, told);
          return answerOf(request, decision);
        },
      },
    ]),
  );
}

/** What clients make an error's kind from (metav1.StatusReason). */
const statusReasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  409: 'Conflict',
  422: 'Invalid',
  500: 'InternalError',
};

/** A name that is yet to be made up is not there, so it cannot be replaced. */
function asSent(object: AdmissionRequest['object']): unknown {
  if (object?.metadata.name !== '') return object;
  const { name: _none, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A decision as the API server reads it. */
export function answerOf(
  { object }: AdmissionRequest,
  { denial, rule, object: wanted, warnings }: Decision,
): AdmissionAnswer {
  if (denial) {
    const { code, reason, message } = denial;
    const isKnown = reason === 'AlreadyExists';
    const status = {
      code,
      reason: isKnown ? reason : (statusReasons[code] ?? 'Forbidden'),
      message,
    };
    const auditAnnotations = { rule: rule ?? '', reason };
    return { allowed: false, status, warnings, auditAnnotations };
  }
  return { allowed: true, warnings, ...(wanted && { patch: diffJson(asSent(object), wanted) }) };
}
