import { isRecord } from '../../base/json.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ServedKind } from '../view/served-kinds.ts';

/** What a SelfSubjectAccessReview asks about, as far as the proxy may add to it. */
export interface ReviewedAttributes {
  verb: string;
  group: string;
  resource: string;
  /** Empty: all of them. */
  namespace: string;
  name: string;
}

/** A part of a path, as the API server has it. */
const part = /^(?!\.{1,2}$)[^/%\p{Cc}]{1,512}$/u;

/**
 * Undefined where it is about nothing that the proxy adds to: paths that are no resources,
 * subresources, all verbs, groups or resources at once.
 */
export function reviewedAttributes(spec: unknown): ReviewedAttributes | undefined {
  const attributes = isRecord(spec) ? spec['resourceAttributes'] : undefined;
  if (!isRecord(attributes)) return undefined;
  const text = (key: string) => (typeof attributes[key] === 'string' ? attributes[key] : '');
  const [verb, group, resource] = [text('verb'), text('group'), text('resource')];
  const [namespace, name] = [text('namespace'), text('name')];
  if ([verb, group, resource].includes('*') || text('subresource') !== '') return undefined;
  const isPart = (value: string) => value === '' || part.test(value);
  return [group, resource, namespace, name].every(isPart)
    ? { verb, group, resource, namespace, name }
    : undefined;
}

/** The request that it asks about. Clients name a namespace of what has none, too. */
export function reviewedRequest(
  { verb, group, resource, namespace, name }: ReviewedAttributes,
  { version, scope }: Pick<ServedKind, 'version' | 'scope'>,
): ApiRequest {
  const root = group === '' ? ['api', version] : ['apis', group, version];
  const isNamespace = group === '' && resource === 'namespaces';
  const within = isNamespace ? name : scope === 'namespaced' ? namespace : '';
  const place = within === '' || isNamespace ? [] : ['namespaces', within];
  const parts = [...root, ...place, resource, ...(name === '' ? [] : [name])];
  return {
    verb,
    group,
    version,
    resource,
    ...(within !== '' && { namespace: within }),
    ...(name !== '' && { name }),
    path: `/${parts.map(encodeURIComponent).join('/')}`,
    query: new URLSearchParams(),
    isResource: true,
    isWatch: verb === 'watch',
  };
}
