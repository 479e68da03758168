import type { Serve } from '../../proxy/forward/upstream.ts';
import type { ProxyFlags } from './flags.ts';

/** Who and what the flags let by without a look is passed on as the caller; all else is `serve`d. */
export function passingBy(
  { allowedPaths, ignored }: Pick<ProxyFlags, 'allowedPaths' | 'ignored'>,
  pass: Serve,
  serve: Serve,
): Serve {
  return (exchange) => {
    const { caller, asked } = exchange;
    const isIgnored =
      ignored.users.has(caller.user) || caller.groups.some((group) => ignored.groups.has(group));
    const isLetBy = isIgnored || allowedPaths.has(asked.path);
    return isLetBy ? pass(exchange) : serve(exchange);
  };
}
