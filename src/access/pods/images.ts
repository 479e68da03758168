import { isListed, isListedCel } from '../policy/allowed.ts';
import type { Rule } from '../policy/rule.ts';
import type { PodFacts } from './facts.ts';

const list = 'params.policies.registries';

/**
 * The registry that an image names, as container runtimes read it: what is before the first slash,
 * if that is a host. A name without one is completed by the node with a registry of its own choice.
 */
export function registryOf(image: string): { named: string; isHost: boolean } {
  const slash = image.indexOf('/');
  const named = slash === -1 ? '' : image.slice(0, slash);
  return { named, isHost: /[.:]/.test(named) || named === 'localhost' };
}

/**
 * Images come from the registries that the tenant allows. A pattern is asked about hosts only:
 * `harbor-evil/web` is no registry `harbor-evil`, it is pulled from wherever the node has it from.
 */
function isAllowed(image: string, registries: NonNullable<PodFacts['policies']['registries']>) {
  const { named, isHost } = registryOf(image);
  if (named === '') return false;
  return isHost ? isListed(registries, named) : registries.names.includes(named);
}

const named = `i.substring(0, i.indexOf('/'))`;
const isHost = `(${named}.contains('.') || ${named}.contains(':') || ${named} == 'localhost')`;
const isFineCel =
  `i in variables.oldImages || (i.indexOf('/') > 0 && ` +
  `(${isHost} ? ${isListedCel(list, named)} : ${named} in ${list}.names))`;

/** Every image of a Pod, in a container of whichever kind or as a volume, old ones left alone. */
export const imagesAllowed: Rule<PodFacts> = {
  name: 'pod-images-allowed',
  cel: `!has(${list}) || variables.images.all(i, ${isFineCel})`,
  holds: (facts) => badImage(facts) === undefined,
  message: 'an image is not from a registry that the tenant may use',
  remedy: 'add the registry to spec.containerRegistries of the Tenant',
  messageCel:
    `'image \\'' + variables.images.filter(i, !(${isFineCel}))[0] + ` +
    `'\\' is not from a registry that the tenant may use; allowed: ' + ${list}.choices`,
  explain: (facts) =>
    `image '${badImage(facts) ?? ''}' is not from a registry that the tenant may use; ` +
    `allowed: ${facts.policies.registries?.choices ?? ''}`,
};

function badImage({ after, before, policies: { registries } }: PodFacts): string | undefined {
  return (
    registries &&
    after.images.find((image) => !before.images.includes(image) && !isAllowed(image, registries))
  );
}
