import type { GitAuth } from './git-auth.ts';
import { baseConfig, formatGitConfig } from './git-config.ts';
import { openHttpSession } from './http-session.ts';
import { createPrivateDirectory } from './private-directory.ts';
import { outputOf } from './remote-session.ts';
import type { RemoteContext, RemoteSession } from './remote-session.ts';
import type { RemoteUrl } from './remote-url.ts';
import { openSshSession } from './ssh-session.ts';

/** Prepares the transport a URL asks for. Nothing is sent before the first command. */
export async function openRemote(
  url: RemoteUrl,
  auth: GitAuth,
  context: RemoteContext,
): Promise<RemoteSession> {
  if (url.protocol === 'ssh') return openSshSession(url, auth, context);
  if (url.protocol === 'file') return openFileSession(url, context);
  return openHttpSession(url, auth, context);
}

async function openFileSession(url: RemoteUrl, context: RemoteContext): Promise<RemoteSession> {
  const directory = await createPrivateDirectory(context.program.secretsRoot);
  return {
    async run({ config, ...command }) {
      const text = { ...baseConfig, 'remote.origin.url': url.href, ...config };
      const configFile = await directory.write('config', formatGitConfig(text));
      const result = await context.program.run({ ...command, configFile, protocols: 'file' });
      return outputOf(result, { url });
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
