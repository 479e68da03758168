import type { AnsweredStatus } from '../decide/decision.ts';
import { Refusal } from '../refusal.ts';
import type { ApiRequest } from '../request/api-request.ts';

/** What the API server itself says of an object that does not exist: to be hidden looks the same. */
export function notFound({ group, resource, name = '' }: ApiRequest): Refusal {
  const kind = group === '' ? resource : `${resource}.${group}`;
  const status: AnsweredStatus = {
    code: 404,
    reason: 'NotFound',
    message: `${kind} ${JSON.stringify(name)} not found`,
    details: { name, ...(group !== '' && { group }), kind: resource },
  };
  return new Refusal(status);
}

/** Own rights do not allow it, and the proxy could. */
export function notGranted({ verb, resource }: ApiRequest): Refusal {
  return new Refusal({
    code: 400,
    reason: 'BadRequest',
    message:
      `${verb} of ${resource} is not granted: an administrator grants it by proxySettings of the ` +
      `owner in the Tenant, or by a ProxySetting`,
  });
}

/** A watch cannot go on from where the client has been. */
export function expired(): Refusal {
  return new Refusal({
    code: 410,
    reason: 'Expired',
    message: 'too old resource version: list again',
  });
}

/** The client takes none of the forms of an answer that can be read, or ended, here. */
export function notAcceptable(forms: readonly string[]): Refusal {
  return new Refusal({
    code: 406,
    reason: 'NotAcceptable',
    message: `this is served as ${forms.join(' or ')} only`,
  });
}
