import type { AdmissionRequest } from './request.ts';
import type { Verdict } from './verdict.ts';

/** One rule of a hook, in a file of its own; the first that refuses decides. */
export interface AdmissionRule<Context> {
  /** For metrics and the docs: `namespace-quota`. */
  name: string;
  check(request: AdmissionRequest, context: Context): Verdict | Promise<Verdict>;
}
