import { stringifyYaml } from '../base/yaml.ts';
import type { KubeObject } from '../kube/object.ts';
import { customResourceDefinition } from './crd/custom-resource-definition.ts';
import { defaultInstallOptions, type InstallOptions } from './install/options.ts';
import { installManifests } from './install/manifests.ts';
import { allKinds } from './kinds.ts';
import { replaceGenerated } from './reference/markers.ts';
import { kindsTable, referenceSection } from './reference/page.ts';

/** Folders in which every YAML file is generated. */
export const generatedFolders = ['deploy/crds', 'deploy/install'] as const;

const heading = '# Generated from src/api by `npm run generate`; do not edit.\n';

/**
 * Every file that follows from the declared kinds, by its path in the repository. `read` returns a
 * file as it is: pages keep what people wrote around their generated part.
 */
export function generatedFiles(read: (file: string) => string | undefined): Map<string, string> {
  const files = new Map<string, string>();
  for (const crd of allKinds.map(customResourceDefinition)) {
    files.set(`deploy/crds/${fileName(crd)}.yaml`, heading + stringifyYaml(crd));
  }
  for (const [name, objects] of installFiles()) {
    files.set(`deploy/install/${name}.yaml`, heading + toStream(objects));
  }
  files.set('docs/kinds/README.md', page(read, 'docs/kinds/README.md', kindsTable(allKinds)));
  for (const kind of allKinds) {
    const file = `docs/kinds/${kind.kind.toLowerCase()}.md`;
    files.set(file, page(read, file, referenceSection(kind)));
  }
  return files;
}

/** The installation with default options, split by what a reviewer looks for. */
function installFiles(): Map<string, KubeObject[]> {
  const options: InstallOptions = defaultInstallOptions;
  const parts = new Map<string, KubeObject[]>([
    ['rbac', []],
    ['manager', []],
  ]);
  for (const object of installManifests(options)) {
    if (object.kind === 'CustomResourceDefinition') continue;
    const isRights = /^(Cluster)?Role(Binding)?$/.test(object.kind);
    parts.get(isRights ? 'rbac' : 'manager')?.push(object);
  }
  return parts;
}

/** `<group>_<plural>` of a CRD. */
function fileName({ metadata }: KubeObject): string {
  const dot = metadata.name.indexOf('.');
  return `${metadata.name.slice(dot + 1)}_${metadata.name.slice(0, dot)}`;
}

function page(read: (file: string) => string | undefined, file: string, generated: string): string {
  return replaceGenerated(read(file) ?? '', generated);
}

/** Objects as one YAML stream. */
export function toStream(objects: readonly KubeObject[]): string {
  return objects.map((object) => `---\n${stringifyYaml(object)}`).join('');
}
