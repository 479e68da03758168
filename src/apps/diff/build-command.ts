import { onCluster } from '../../cli/cluster/connect.ts';
import type { Command } from '../../cli/command.ts';
import { buildLocally } from './local-build.ts';
import { showObject } from './shown-object.ts';
import { localBuildOptions, parseSubject, policyOf, readSubject } from './subject.ts';

/** `tenantry build kustomization`: what a directory builds to. */
export const buildCommand: Command = {
  name: 'build',
  summary: 'print what a directory builds to',
  details: `Examples:
  tenantry build kustomization app -n team-a --path ./apps/team-a
  tenantry build ks/new -n team-a --path ./new --kustomization-file new.yaml

Builds the directory as the controller would build the source, with the variables of
spec.postBuild; what they take from Secrets of the cluster is shown as ***, and so is what was
decrypted.`,
  arguments: [{ name: '<target...>', description: 'kustomization NAME, or ks/NAME' }],
  options: localBuildOptions,
  run: async (input) => {
    const { args, options } = input;
    const name = parseSubject(args);
    const policy = policyOf(options);
    const progress = options['progress'] === false ? () => {} : input.progress;
    return onCluster(input, async (cluster) => {
      const object = await readSubject(cluster, name, options);
      const { build, preparation } = await buildLocally({
        object,
        cluster,
        policy,
        options,
        progress,
      });
      const isDecrypted = object.spec.decryption !== undefined;
      return build.objects.map((each) => showObject(each, preparation.secrets, isDecrypted));
    });
  },
  print: (documents: string[]) => documents.map((text) => `---\n${text}`).join(''),
};
