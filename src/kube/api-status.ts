import { KubeApiError, type StatusCause } from './api-error.ts';
import { isRecord, parseJson } from '../base/json.ts';

const reasonOfCode: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Messages end up in conditions: longer ones say nothing more. */
const maxMessage = 4096;
const maxCauses = 64;

/** The error of a failed answer, from a metav1.Status body or, behind proxies, from any text. */
export function apiErrorOf(
  code: number,
  body: string,
  retryAfter: string | undefined,
): KubeApiError {
  const status = parseStatus(body);
  const header = retryAfter === undefined ? undefined : retryAfterMs(retryAfter);
  if (status !== undefined) return statusError(status, { code, retryAfterMs: header });
  const text = body.trim().slice(0, 512);
  const message = text === '' ? `HTTP ${code}` : `HTTP ${code}: ${text}`;
  return build({ code, message, isStatus: false }, header);
}

/** The error a metav1.Status says, as in an ERROR event of a watch. */
export function statusError(
  status: Record<string, unknown>,
  fallback: { code?: number; retryAfterMs?: number | undefined } = {},
): KubeApiError {
  const details = isRecord(status['details']) ? status['details'] : {};
  const code = typeof status['code'] === 'number' ? status['code'] : (fallback.code ?? 500);
  const seconds = details['retryAfterSeconds'];
  const after =
    fallback.retryAfterMs ??
    (typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined);
  const message = typeof status['message'] === 'string' ? status['message'] : `HTTP ${code}`;
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  const answer = {
    code,
    message: message.slice(0, maxMessage),
    causes: causes.filter(isRecord).slice(0, maxCauses).map(causeOf),
  };
  const reason = status['reason'];
  return build(typeof reason === 'string' && reason !== '' ? { ...answer, reason } : answer, after);
}

function build(
  answer: Omit<ConstructorParameters<typeof KubeApiError>[0], 'retryAfterMs'>,
  after: number | undefined,
): KubeApiError {
  const reason = answer.reason ?? reasonOfCode[answer.code] ?? 'Unknown';
  return new KubeApiError({
    ...answer,
    reason,
    ...(after === undefined ? {} : { retryAfterMs: after }),
  });
}

function parseStatus(body: string): Record<string, unknown> | undefined {
  try {
    const value = parseJson(body);
    return isRecord(value) && value['kind'] === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

function causeOf(cause: Record<string, unknown>): StatusCause {
  const out: StatusCause = {};
  for (const key of ['field', 'reason', 'message'] as const) {
    const text = cause[key];
    if (typeof text === 'string') out[key] = text.slice(0, maxMessage);
  }
  return out;
}

/** Milliseconds of a `Retry-After` header, which the API server gives in seconds. */
function retryAfterMs(text: string): number | undefined {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) * 1000 : undefined;
}
