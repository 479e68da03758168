import { grantedGroup } from '../../api/install/granted-group.ts';
import { authenticatedIdentity, IdentityError } from '../../kube/identity.ts';
import { impersonationHeaders, type HeaderList } from '../../kube/impersonation.ts';
import { forbidden } from '../refusal.ts';
import type { Caller } from './caller.ts';

/** Headers by which the API server takes a caller for itself. */
export type IdentityHeaders = (caller: Caller) => HeaderList;

/**
 * Makes a function that knows them, and remembers those of a caller.
 *
 * @throws Refusal 403 for whom no header can name, and for members of the group that the proxy alone gives
 */
export function createIdentityHeaders(): IdentityHeaders {
  const known = new WeakMap<Caller, HeaderList>();
  return (caller) => {
    const headers = known.get(caller) ?? headersOf(caller);
    known.set(caller, headers);
    return headers;
  };
}

function headersOf(caller: Caller): HeaderList {
  if (caller.groups.includes(grantedGroup)) {
    throw forbidden(
      `nobody is a member of the group "${grantedGroup}" but by a grant of this proxy`,
    );
  }
  try {
    return impersonationHeaders(authenticatedIdentity(caller));
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw forbidden('the user has a name, group or extra that a header cannot carry', error);
  }
}
