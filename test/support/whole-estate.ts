import { readTree } from '../../examples/demo/fleet.ts';
import { startEstate, type Estate } from './estate.ts';
import { startTenancy } from './start-tenancy.ts';

/** Everything that there is: sources, Kustomizations, tenants, both rings of admission. */
export interface WholeEstate extends Estate {
  /** Ends what deploys, and starts it with other flags and all rights, as stock Flux has them. */
  restartDeploying(flags: string[]): Promise<void>;
  /** Kills what deploys while it works, and starts it anew. */
  killDeploying(): Promise<void>;
}

/**
 * An estate with tenancy at work, and its webhooks, as accounts of the exported installation; `flags`
 * are those of what deploys.
 */
export async function startWholeEstate(flags: string[] = []): Promise<WholeEstate> {
  const installed = { tenancy: true, proxy: true, bridge: true };
  const estate = await startEstate({ tenants: [], installed });
  const components = '--components=source,kustomize';
  const started = await Promise.all([
    estate.startManager([components, ...flags]),
    startTenancy(estate, (tenancy, kubeconfig) => estate.startManager(tenancy, { kubeconfig })),
  ]);
  let [deploying] = started;
  return Object.assign(estate, {
    async restartDeploying(others: string[]) {
      await deploying.stop();
      const { kubeconfig: everything } = estate.plane;
      deploying = await estate.startManager([components, ...others], { kubeconfig: everything });
    },
    async killDeploying() {
      await deploying.kill();
      deploying = await estate.startManager([components, ...flags]);
    },
  });
}

/** What `tenantry check` deploys from, with its remote base on the same server; its URL. */
export async function createCheckRepository({ git }: Estate): Promise<string> {
  const base = 'examples/check/remote-base/kustomization.yaml';
  await git.createRepo('base', {
    'base/kustomization.yaml': 'resources: [settings.yaml]\n',
    'base/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: remote-base\n',
  });
  const files = Object.entries(readTree('check')).map(([name, text]) => [
    `examples/check/${name}`,
    text,
  ]);
  await git.createRepo('check', {
    ...(Object.fromEntries(files) as Record<string, string>),
    [base]: `resources: ['${git.url('base')}//base?ref=main']\n`,
  });
  return git.url('check');
}
