import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import type { HarnessTenant } from '../../../test/support/tenancy-harness.ts';
import {
  startTenantProxy,
  type Persona,
  type TenantProxy,
} from '../../../test/support/tenant-proxy.ts';

let through: TenantProxy;
let oil: HarnessTenant;
let gas: HarnessTenant;
let alice: Persona;
let bob: Persona;

beforeAll(async () => {
  through = await startTenantProxy();
  const { tenancy } = through;
  [oil, gas] = await Promise.all([tenancy.tenant(2), tenancy.tenant(1)]);
  [alice, bob] = await Promise.all([through.owner(oil), through.owner(gas)]);
  await eventually('the proxy has heard of both', async () => {
    const [seenByAlice, seenByBob] = [await alice.names('ns'), await bob.names('ns')];
    return seenByAlice.length === 2 && seenByBob.length === 1;
  });
});

afterAll(async () => {
  await through[Symbol.asyncDispose]();
});

test('namespaces and tenants: each owner lists its own', async () => {
  expect(await alice.names('namespaces')).toEqual(oil.namespaces);
  expect(await bob.names('namespaces')).toEqual(gas.namespaces);
  expect(await alice.names('tenants')).toEqual([oil.name]);
  expect(await bob.names('tenants')).toEqual([gas.name]);
});
