import {
  isAdministratorCel,
  isCapsuleUserInNamespaceCel,
  isControlPlaneCel,
  isTenantOwnerCel,
  type IdentityCelOptions,
} from '../tenancy/identity-cel.ts';
import { tenantLabel } from '../tenancy/vocabulary.ts';
import type { ClassExpressions } from './audience.ts';

/** The tenant of the namespace that a request is in, or is about, in CEL. */
const tenant = `(namespaceObject == null ? object : namespaceObject).metadata.labels['${tenantLabel}']`;

/** The classes of users that audiences name, as the API server knows them by the roles they have. */
export function audienceClasses(options: IdentityCelOptions): ClassExpressions {
  const { configuration } = options;
  return {
    CapsuleUser: isCapsuleUserInNamespaceCel(options),
    Administrator: isAdministratorCel(configuration),
    TenantOwner: isTenantOwnerCel(tenant),
    Controller: isControlPlaneCel(configuration),
  };
}
