import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { defineHook } from '../hook.ts';
import { writesOf } from '../writes-of.ts';
import { patternsCompile } from '../pattern-rule.ts';
import { subjectsNamed } from '../subject-rule.ts';

/** Refuses configurations that cannot be acted on. */
export const configurationValidating = defineHook({
  name: 'config',
  type: 'validating',
  path: '/config/validating',
  purpose: 'Refuses configurations with patterns or accounts that are none.',
  resources: writesOf(CapsuleConfiguration, 'CREATE', 'UPDATE'),
  failurePolicy: {
    policy: 'Ignore',
    because:
      'the way out of a wrong configuration must not lead through the webhook that it configures',
  },
  contextOf: () => ({}),
  rules: [
    // As Capsule calls the fields in its messages.
    patternsCompile('config-patterns-compile', (path) => path.replace(/\.deniedRegex$/, '.regex')),
    subjectsNamed('config-subjects-named', ['users', 'administrators']),
  ],
});
