import type { ResourceType } from '../../../kube/object.ts';

/** What custom quotas count: the objects of a kind, in one namespace or wherever they are. */
export interface CountedScope {
  type: ResourceType;
  namespace?: string;
}
