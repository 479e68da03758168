/** What was done to the system that may make the manager log an error. */
export type Cause = 'api server' | 'git server' | 'renderer' | 'manager' | 'push';

/** A span of time in which a cause was at work, in milliseconds since the epoch. */
export interface Trouble {
  cause: Cause;
  from: number;
  /** Undefined while it lasts. */
  to?: number;
}

/** A line of the manager's log. */
export type LogLine = Record<string, unknown>;

/** How long after its end a cause may still be heard of: retries wait, and tell what they met. */
const echoMs = 45_000;

/** The errors each cause may bring about; an error that none of them explains is a defect. */
const explanations: readonly { cause: Cause; error: RegExp }[] = [
  {
    cause: 'api server',
    error:
      /ECONNREFUSED|ECONNRESET|socket hang up|other side closed|before all known HTTP paths have been installed|the API server does not answer|API server answered (401|403|429|5\d\d)|apiserver is shutting down|not yet been established|UND_ERR|terminated|closed/i,
  },
  // Roles are known a moment after requests are answered.
  {
    cause: 'api server',
    error: /is forbidden: User|may not impersonate ServiceAccount|ServiceAccount '[^']+' may not/,
  },
  { cause: 'git server', error: /\/fleet\.git/ },
  { cause: 'renderer', error: /render engine|SIGKILL|engine (ended|was|is)/i },
];

/** The error-level lines that nothing explains. */
export function unexplained(log: readonly LogLine[], troubles: readonly Trouble[]): LogLine[] {
  return log.filter((line) => {
    if (line['level'] !== 'error') return false;
    const text = `${String(line['msg'])}: ${String(line['error'])}`;
    const at = Date.parse(String(line['ts']));
    const wasAtWork = (cause: Cause) =>
      troubles.some(
        (trouble) =>
          trouble.cause === cause &&
          trouble.from <= at &&
          at <= (trouble.to ?? Number.POSITIVE_INFINITY) + echoMs,
      );
    return !explanations.some(({ cause, error }) => error.test(text) && wasAtWork(cause));
  });
}
