import { describe, expect, test } from 'vitest';
import { parseYamlDocuments } from '../base/yaml.ts';
import { installManifests } from '../api/install/manifests.ts';
import { defaultInstallOptions } from '../api/install/options.ts';
import type { KubeObject } from '../kube/object.ts';
import { installCommand } from './install.ts';
import { runProgram } from './program.ts';

/** The command as a user types it. */
async function install(...argv: string[]) {
  let [out, err] = ['', ''];
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    signal: new AbortController().signal,
  };
  const code = await runProgram([installCommand], ['install', ...argv], terminal, '0.0.0');
  return { code, out, err };
}
const objectsOf = (out: string) => parseYamlDocuments(out) as KubeObject[];
const plain = (objects: readonly KubeObject[]) => JSON.parse(JSON.stringify(objects)) as unknown;

describe('tenantry install --export', () => {
  test('prints a YAML stream that reads back as what is installed', async () => {
    const { code, out, err } = await install('--export');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.startsWith('---\napiVersion: v1\nkind: Namespace\n')).toBe(true);
    expect(plain(objectsOf(out))).toEqual(plain(installManifests(defaultInstallOptions)));
  });

  test('prints JSON when asked to', async () => {
    const { out } = await install('--export', '-o', 'json');
    expect(JSON.parse(out)).toEqual(plain(installManifests(defaultInstallOptions)));
  });

  test('takes namespace, image, profile, flags and tenant namespaces', async () => {
    const { out } = await install(
      '--export',
      '--namespace',
      'gitops',
      '--image',
      'registry.internal/tenantry:v2',
      '--security-profile',
      'single-tenant',
      '--no-network-policies',
      '--separate-components',
      '--manager-arg',
      '--log-level=debug',
      '--manager-arg=--concurrent=8',
      '--tenant-namespace',
      'a',
      '--tenant-namespace',
      'b',
    );
    expect(plain(objectsOf(out))).toEqual(
      plain(
        installManifests({
          ...defaultInstallOptions,
          namespace: 'gitops',
          image: 'registry.internal/tenantry:v2',
          securityProfile: 'single-tenant',
          networkPolicies: false,
          separateComponents: true,
          managerArgs: ['--log-level=debug', '--concurrent=8'],
          tenantNamespaces: ['a', 'b'],
        }),
      ),
    );
  });

  test.each([
    [[], 'say --export'],
    [['--export', '--namespace', 'Not_A_Name'], "'Not_A_Name' is not the name of a namespace"],
    [['--export', '--tenant-namespace', '../kube-system'], 'is not the name of a namespace'],
    [['--export', '--manager-arg', 'manager'], "'manager' is not a flag"],
    [['--export', '--security-profile', 'none'], 'Allowed choices are multi-tenant, single-tenant'],
  ])('%j is told what to type instead', async (argv, message) => {
    const { code, out, err } = await install(...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
  });
});
