import { badPatterns } from '../access/tenants/patterns.ts';
import type { AdmissionRule } from './admission-rule.ts';
import { deny } from './verdict.ts';

/**
 * Refuses an object whose spec says a regular expression that cannot be matched, in time that grows
 * with the text only. `shown` turns the path of a field into what the message calls it.
 */
export function patternsCompile(
  name: string,
  shown: (path: string) => string = (path) => path,
): AdmissionRule<unknown> {
  return {
    name,
    check({ operation, object }) {
      if (operation === 'DELETE' || !object) return undefined;
      const [bad] = badPatterns(object['spec'], 'spec');
      if (!bad) return undefined;
      return deny('InvalidRegex', `unable to compile regex "${bad.pattern}" of ${shown(bad.path)}`);
    },
  };
}
