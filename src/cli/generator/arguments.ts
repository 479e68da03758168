import path from 'node:path';

/** What the command was called before, and still answers to: as a program, and as a command. */
export const generatorName = 'proxy-kubeconfig-generator';
const command = 'kubeconfig';

/**
 * What was typed, as `tenantry` reads it: called as proxy-kubeconfig-generator, the program is the
 * command `kubeconfig`, whose flags may have one dash, as Go programs have them.
 */
export function readArguments(program: string, argv: readonly string[]): string[] {
  const isGenerator = path.basename(program) === generatorName;
  const [first, ...rest] = isGenerator ? [command, ...argv] : argv;
  if (first !== command && first !== generatorName) return [...argv];
  return [command, ...rest.map(withTwoDashes)];
}

/** Flags of more than one letter; `-o` and `-h` are what they are. */
function withTwoDashes(argument: string): string {
  return /^-[a-z]{2}/.test(argument) ? `-${argument}` : argument;
}
