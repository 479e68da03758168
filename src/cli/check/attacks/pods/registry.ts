import type { Attack } from '../../attack.ts';
import { container, harmlessPod } from '../../harmless-pod.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';

const images = ['registry.example/check:1', 'check:1', 'registry.invalid.example/check:1'];

export const foreignRegistry: Attack = {
  id: 'pods/registry',
  title: 'runs an image from a registry that it may not use',
  why: 'what nobody has looked at runs beside its neighbours',
  remedy:
    'see that spec.containerRegistries of Tenants, or a rule of the same meaning, is enforced',
  async attempt(world) {
    const { namespace } = world.attacker;
    const withImage = (image: string) =>
      harmlessPod(namespace, { containers: [container({ image })] });
    const hidden = { initContainers: [container({ name: 'first', image: images[0] })] };
    return (
      withoutOption(world, 'containerRegistries') ??
      tryAll(
        world,
        [
          ...images.map((image) => ({ what: image, send: creating(withImage(image)) })),
          { what: 'by an init container', send: creating(harmlessPod(namespace, hidden)) },
        ],
        { harmless: { what: 'a harmless Pod', send: creating(harmlessPod(namespace)) } },
      )
    );
  },
};
