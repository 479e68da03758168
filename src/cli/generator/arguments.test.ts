import { expect, test } from 'vitest';
import { readArguments } from './arguments.ts';

const typed = ['-serviceaccount', 'gitops', '--namespace=oil', '-server=https://proxy', '-o', '-'];
const read = [
  'kubeconfig',
  '--serviceaccount',
  'gitops',
  '--namespace=oil',
  '--server=https://proxy',
  '-o',
  '-',
];

test.each([
  ['/usr/bin/proxy-kubeconfig-generator', typed],
  ['/usr/bin/tenantry', ['proxy-kubeconfig-generator', ...typed]],
  ['/usr/bin/tenantry', ['kubeconfig', ...typed]],
])('%s: the generator takes flags with one dash', (program, argv) => {
  expect(readArguments(program, argv)).toEqual(read);
});

test('other commands get what was typed', () => {
  const argv = ['get', 'ks', '-oyaml', '-A'];
  expect(readArguments('/usr/bin/tenantry', argv)).toEqual(argv);
});
