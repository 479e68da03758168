import type { HookDeclaration } from './hook.ts';

/** Full name of a webhook: `namespaces.validating.projectcapsule.dev`. */
export function hookName({ name, type }: Pick<HookDeclaration, 'name' | 'type'>): string {
  return `${name}.${type}.projectcapsule.dev`;
}
