import type { Command } from './command.ts';
import { completionScript } from './completion/completion-script.ts';

/** `tenantry completion`: a script that completes the words of `commands`, and its own. */
export function completionCommand(commands: readonly Command[]): Command {
  const command: Command = {
    name: 'completion',
    summary: 'print a script by which your shell completes commands and flags',
    details: `Examples:
  source <(tenantry completion bash)      in ~/.bashrc
  source <(tenantry completion zsh)       in ~/.zshrc, after compinit`,
    arguments: [
      { name: '<shell>', description: 'bash or zsh', choices: shells, suggestions: shells },
    ],
    run: ({ args }) => {
      const script = completionScript([...commands, command]);
      return Promise.resolve(args[0] === 'zsh' ? `${forZsh}\n${script}` : script);
    },
    print: (script: string) => script,
  };
  return command;
}

const shells = ['bash', 'zsh'];
const forZsh = 'autoload -U +X bashcompinit && bashcompinit';
