import { type Decision } from './decision.ts';
import { type TenantFacts } from './tenant-facts.ts';

/** What becomes of one request, and why. */
export interface Explanation {
  /** `--as`, or `you`. */
  user: string;
  verb: string;
  /** `namespace/oil-apps`. */
  object: string;
  allowed: boolean;
  decision?: Decision;
  tenant?: TenantFacts;
}
