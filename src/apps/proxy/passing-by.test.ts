import { expect, test } from 'vitest';
import type { Exchange } from '../../proxy/forward/upstream.ts';
import { parseRequest } from '../../proxy/request/parse-request.ts';
import { passingBy } from './passing-by.ts';

const flags = {
  allowedPaths: new Set(['/api', '/version']),
  ignored: { users: new Set(['robot']), groups: new Set(['auditors']) },
};

/** What becomes of a request of somebody, who is whom it acts as. */
async function fate(path: string, user: string, ...groups: string[]): Promise<string[]> {
  const fates: string[] = [];
  const note = (what: string) => (exchange: Exchange) => {
    fates.push(`${what} as ${exchange.caller.user}`);
    return Promise.resolve();
  };
  const serve = passingBy(flags, note('passed'), note('served'));
  // All that is looked at of it.
  await serve({
    caller: { user, groups },
    asked: parseRequest('GET', path),
  } as unknown as Exchange);
  return fates;
}

test.each([
  ['/api/v1/namespaces', 'robot', [], 'passed'],
  ['/api/v1/namespaces', 'alice', ['devs', 'auditors'], 'passed'],
  ['/api/v1/namespaces', 'alice', ['devs'], 'served'],
  ['/api/v1/namespaces', 'Robot', ['auditors-2'], 'served'],
  // A user is no group of that name, nor a group a user.
  ['/api/v1/namespaces', 'auditors', ['robot'], 'served'],
  ['/api', 'alice', [], 'passed'],
  ['/version?timeout=32s', 'alice', [], 'passed'],
  ['/api/v1', 'alice', [], 'served'],
  ['/apis', 'alice', [], 'served'],
] as const)('%s of %s in %j is %s, as the caller', async (path, user, groups, expected) => {
  expect(await fate(path, user, ...groups)).toEqual([`${expected} as ${user}`]);
});
