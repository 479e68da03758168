import type { KubeObject } from '../../src/kube/object.ts';
import { apply, kubectlOk, type KubectlOptions } from './cluster.ts';
import { eventually } from './eventually.ts';

/** Applies CustomResourceDefinitions, and waits until kubectl finds what they define. */
export async function bringKinds(
  definitions: readonly KubeObject[],
  options: KubectlOptions = {},
): Promise<void> {
  await apply(definitions, options);
  const names = definitions.map(({ metadata }) => metadata.name);
  const wait = ['wait', '--for=condition=Established', '--timeout=240s'];
  // A definition so new that it has no status yet is an error to `kubectl wait`.
  await eventually('the kinds are served', async () => {
    await kubectlOk([...wait, ...names.map((name) => `crd/${name}`)], options);
    await kubectlOk(['get', '--ignore-not-found', ...names.map((name) => `${name}/none`)], options);
    return true;
  });
}
