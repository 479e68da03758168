import { describe, expect, test } from 'vitest';
import { UsageError, type Command, type CommandInput } from './command.ts';
import { runProgram } from './program.ts';

async function run(commands: Command[], ...argv: string[]) {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    signal: new AbortController().signal,
  };
  const code = await runProgram(commands, argv, terminal, '1.2.3');
  return { code, out, err };
}

const greet: Command = {
  name: 'greet person',
  summary: 'say hello',
  details: 'Example: tenantry greet person ada',
  arguments: [{ name: '<name>', description: 'whom' }],
  options: [
    { flag: '--times <n>', description: 'how often', default: '1' },
    { flag: '--title <title>', description: 'before the name', repeatable: true },
    { flag: '--mood <mood>', description: 'tone', choices: ['warm', 'cold'] },
  ],
  run: ({ args, options }: CommandInput) => Promise.resolve({ name: args[0], ...options }),
  print: (data: { name: string; times: string }) => `hello ${data.name} × ${data.times}`,
};

describe('the command line', () => {
  test('prints for people by default and JSON when asked', async () => {
    expect(await run([greet], 'greet', 'person', 'ada')).toEqual({
      code: 0,
      out: 'hello ada × 1\n',
      err: '',
    });
    const json = await run([greet], 'greet', 'person', 'ada', '-o', 'json');
    expect(JSON.parse(json.out)).toMatchObject({ name: 'ada', times: '1' });
  });

  test('collects a repeatable option', async () => {
    const { out } = await run(
      [greet],
      'greet',
      'person',
      'ada',
      '--title',
      'Dr',
      '--title',
      'Prof',
      '-o',
      'json',
    );
    expect((JSON.parse(out) as { title: string[] }).title).toEqual(['Dr', 'Prof']);
  });

  test.each([
    [['greet', 'person'], /missing required argument 'name'/],
    [['greet', 'person', 'ada', '--mood', 'hot'], /Allowed choices are warm, cold/],
    [['nonsense'], /unknown command/],
    [['greet', 'person', 'ada', '--nonsense'], /unknown option/],
  ])('a usage mistake %j exits 2 and says what is possible', async (argv, message) => {
    const { code, err } = await run([greet], ...argv);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test('help lists commands, options and examples, and exits 0', async () => {
    const top = await run([greet], '--help');
    expect(top.code).toBe(0);
    expect(top.out).toContain('greet');
    const leaf = await run([greet], 'greet', 'person', '--help');
    expect(leaf.out).toMatch(/--times <n>[^]*Example: tenantry greet person ada/);
  });

  test('help says what is in a group', async () => {
    expect((await run([greet], '--help')).out).toMatch(/greet +person: say hello\n/);
    const more = { ...greet, name: 'greet crowd' };
    expect((await run([greet, more], '--help')).out).toMatch(/greet +person, crowd\n/);
  });

  test('refuses an argument that is not among its choices', async () => {
    const pick: Command = {
      name: 'pick',
      summary: 'picks',
      arguments: [{ name: '<colour>', description: 'which', choices: ['red', 'blue'] }],
      run: ({ args }) => Promise.resolve({ colour: args[0] }),
    };
    expect(await run([pick], 'pick', 'red')).toMatchObject({ code: 0 });
    const refused = await run([pick], 'pick', 'green');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(/Allowed choices are red, blue/);
  });

  test('a failure exits 1, a usage error of the command 2; both without credentials', async () => {
    const failing = (error: Error): Command => ({
      name: 'fail',
      summary: 'fails',
      run: () => Promise.reject(error),
    });
    const failed = await run(
      [failing(new Error('cannot reach https://me:hunter2@host/x'))],
      'fail',
    );
    expect(failed).toEqual({ code: 1, out: '', err: '✗ cannot reach https://***@host/x\n' });
    expect((await run([failing(new UsageError('say which'))], 'fail')).code).toBe(2);
  });

  test('prints what comes in a stream as it comes, as text or a line of JSON each', async () => {
    async function* items() {
      yield await Promise.resolve({ n: 1 });
      yield await Promise.resolve({ n: 2 });
    }
    const count: Command = {
      name: 'count',
      summary: 'counts',
      run: () => Promise.resolve(items()),
      print: ({ n }: { n: number }, isNext) => `${isNext ? 'then' : 'first'} ${n}`,
    };
    expect((await run([count], 'count')).out).toBe('first 1\nthen 2\n');
    expect((await run([count], 'count', '-o', 'json')).out).toBe('{"n":1}\n{"n":2}\n');
  });

  test('a command may say with what code it ends', async () => {
    const differs: Command = {
      name: 'differs',
      summary: 'differs',
      run: () => Promise.resolve({ changes: 3 }),
      exitCode: ({ changes }: { changes: number }) => (changes > 0 ? 1 : 0),
    };
    expect((await run([differs], 'differs')).code).toBe(1);
  });

  test('prints the version', async () => {
    expect(await run([greet], '--version')).toMatchObject({ code: 0, out: '1.2.3\n' });
  });
});
