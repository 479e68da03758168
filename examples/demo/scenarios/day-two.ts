import {
  condition,
  conditionOf,
  eventually,
  find,
  isReady,
  push,
  revisionOf,
  types,
  type World,
} from '../world.ts';

const app = { namespace: 'tenant-a', name: 'app-a' };
const settings = { namespace: 'tenant-a', name: 'settings' };
const kustomization = { namespace: 'tenant-a', name: 'tenant-a-apps' };
const deploymentFile = 'tenant-a/app-a/deployment.yaml';
const withoutService = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - app-a/deployment.yaml
  - app-a/settings.yaml
`;

/** A change, a removal, a drift and a mistake: what happens on an ordinary day. */
export async function showDayTwo(world: World): Promise<void> {
  const { report } = world;
  report.title('5. An ordinary day');
  const original = await world.git.read(world.repository, deploymentFile);
  const upgraded = original.replace('app-a:1.0.0', 'app-a:1.1.0');
  await report.check('a push changes the image', () => upgrade(world, upgraded));
  await report.check('a push removes the Service, which is pruned', () => removeService(world));
  await report.check('a hand-made drift is corrected', () => drift(world));
  await report.check('a broken manifest gets a clear status; the last good state stays', () =>
    breakManifest(world),
  );
  await report.check('the fix is applied', async () => {
    const write = { [deploymentFile]: upgraded };
    await applied(world, await push(world, { write, message: 'Mend the Deployment' }));
  });
}

async function upgrade(world: World, upgraded: string): Promise<string> {
  const write = { [deploymentFile]: upgraded };
  const revision = await push(world, { write, message: 'Upgrade app-a to 1.1.0' });
  await applied(world, revision);
  await expectImage(world, 'ghcr.io/example/app-a:1.1.0');
  return revision;
}

async function removeService(world: World): Promise<void> {
  const change = {
    write: { 'tenant-a/kustomization.yaml': withoutService },
    remove: ['tenant-a/app-a/service.yaml'],
    message: 'Remove the Service',
  };
  await applied(world, await push(world, change));
  if (await find(world, types.service, app)) throw new Error('the Service is still there');
}

async function drift(world: World): Promise<string> {
  const started = performance.now();
  const body = { data: { greeting: 'changed by hand' } };
  await world.admin.patch(types.configMap, settings, { type: 'merge', body });
  await eventually(world, 'ConfigMap tenant-a/settings', async () => {
    const found = await find(world, types.configMap, settings);
    const data = found?.['data'] as Record<string, string> | undefined;
    return data?.['greeting'] === 'hello from tenant a' ? found : undefined;
  });
  return `back to what Git says after ${((performance.now() - started) / 1000).toFixed(2)} s`;
}

async function breakManifest(world: World): Promise<string | undefined> {
  const write = { [deploymentFile]: 'kind: Deployment\n  metadata: [' };
  await push(world, { write, message: 'Break the Deployment' });
  const broken = await condition(
    world,
    types.kustomization,
    kustomization,
    (ready) => ready.status === 'False',
  );
  await expectImage(world, 'ghcr.io/example/app-a:1.1.0');
  return conditionOf(broken, 'Ready')?.message;
}

async function applied(world: World, revision: string): Promise<void> {
  await condition(
    world,
    types.kustomization,
    kustomization,
    (ready, object) => isReady(ready) && revisionOf(object) === revision,
  );
}

async function expectImage(world: World, image: string): Promise<void> {
  const deployment = await world.admin.get(types.deployment, app);
  if (!JSON.stringify(deployment['spec']).includes(`"${image}"`)) {
    throw new Error(`the Deployment does not run ${image}`);
  }
}
