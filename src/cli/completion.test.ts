import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { clusterOptions, tableOption } from './cluster/options.ts';
import type { Command } from './command.ts';
import { completionCommand } from './completion.ts';

const run = () => Promise.resolve(undefined);
const commands: Command[] = [
  {
    name: 'get',
    summary: '',
    arguments: [{ name: '[target]', description: '', suggestions: ['ks', 'gitrepo', 'tnt'] }],
    options: [...clusterOptions, { flag: '-w, --watch', description: '' }, tableOption],
    run,
  },
  { name: 'plane up', summary: '', run },
  { name: 'plane down', summary: '', options: [{ flag: '--force', description: '' }], run },
];

/** What bash suggests for the last of `words`. */
async function suggestions(...words: string[]): Promise<string[]> {
  const script = (await completionCommand(commands).run({
    args: ['bash'],
    options: {},
    signal: new AbortController().signal,
    progress: () => {},
  })) as string;
  const ask = [
    'set -u',
    script,
    'COMP_WORDS=(tenantry "$@")',
    'COMP_CWORD=$#',
    '_tenantry',
    'printf "%s\\n" "${COMPREPLY[@]-}"',
  ].join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', ask, 'bash', ...words]);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash completes', () => {
  test.each([
    ['commands, and groups of them', [''], ['get', 'plane', 'completion']],
    ['the beginning of one', ['pl'], ['plane']],
    ['what is in a group', ['plane', ''], ['up', 'down']],
    ['kinds', ['get', ''], ['ks', 'gitrepo', 'tnt']],
    ['kinds after flags and their values', ['get', '-o', 'json', 'g'], ['gitrepo']],
    ['values that are listed', ['get', '--output', ''], ['table', 'json']],
    ['the same by the short name of the flag', ['get', '-o', 'j'], ['json']],
    ['flags', ['get', '--as'], ['--as', '--as-group']],
    ['flags in a group', ['plane', 'down', '--'], ['--force', '--output', '--help']],
    ['shells', ['completion', 'z'], ['zsh']],
    ['nothing of its own, so that bash names files', ['get', '--kubeconfig', ''], []],
    ['nothing for what it does not know', ['plane', 'sideways', '--f'], []],
  ])('%s', async (_, words, expected) => {
    expect(await suggestions(...words)).toEqual(expected);
  });
});
