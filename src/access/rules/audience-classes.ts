import {
  isAdministratorCel,
  isCapsuleUserInNamespaceCel,
  isControlPlaneCel,
  isTenantOwnerCel,
} from '../tenancy/identity-cel.ts';
import { tenantLabel } from '../tenancy/vocabulary.ts';
import type { ClassExpressions } from './audience.ts';

/** The tenant of the namespace that a request is in, or is about, in CEL. */
const tenant = `(namespaceObject == null ? object : namespaceObject).metadata.labels['${tenantLabel}']`;

/** The classes of users that audiences name, as the API server knows them by the roles they have. */
export function audienceClasses(configuration: string): ClassExpressions {
  return {
    CapsuleUser: isCapsuleUserInNamespaceCel({ configuration }),
    Administrator: isAdministratorCel(configuration),
    TenantOwner: isTenantOwnerCel(tenant),
    Controller: isControlPlaneCel(configuration),
  };
}
