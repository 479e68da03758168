import { parseYaml } from '../../base/yaml.ts';
import { RenderError } from '../render/render-error.ts';
import { describeObject, toRenderedObject } from './objects.ts';
import type { RenderedObject, Substitution } from './render-spec.ts';
import { createSubstitute } from './substitute.ts';

/** An object as kustomize built it. */
export interface BuiltObject {
  object: RenderedObject;
  /** Its YAML text, as kustomize writes it; absent if it holds no `$`. */
  text?: string | undefined;
}

/** Label or annotation that keeps an object as it is; its value is case-sensitive, unlike others. */
const substituteMark = 'kustomize.toolkit.fluxcd.io/substitute';

/**
 * The objects with variables substituted in their text, which is then read again as Kubernetes
 * reads YAML: what was text may become a number, as users of upstream know.
 * Throws `substitution-failed` with the object at fault.
 */
export function substituteObjects(
  built: readonly BuiltObject[],
  { variables, strategy, strict = false }: Substitution,
): RenderedObject[] {
  const objects = built.map(({ object }) => object);
  if (strategy !== 'Always' && Object.keys(variables).length === 0) return objects;
  const substitute = createSubstitute({ variables, strict });
  return built.map(({ object, text }) => {
    if (text === undefined || isDisabled(object)) return object;
    try {
      const substituted = substitute(text);
      return substituted === text ? object : toRenderedObject(parse(substituted), 'substitution');
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      throw new RenderError('substitution-failed', `${describeObject(object)}: ${error.message}`);
    }
  });
}

function isDisabled({ metadata: { labels, annotations } }: RenderedObject): boolean {
  return labels?.[substituteMark] === 'disabled' || annotations?.[substituteMark] === 'disabled';
}

function parse(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    throw new RenderError(
      'substitution-failed',
      'the text is no YAML after substitution; a variable may need quotes around it',
      { cause },
    );
  }
}
