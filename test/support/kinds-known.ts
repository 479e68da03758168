import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What mutating policies of the API server say of a kind that they do not know: they look for new ones
 * every five seconds, and until then nothing of that kind is written, though it is served.
 */
const notYetKnown = 'There can be a delay between when CustomResourceDefinitions are created';
const patienceMs = 60_000;

/** Sends it again while mutating policies do not know a kind that was just brought. */
export async function onceKindsAreKnown<Answer>(
  send: () => Promise<Answer>,
  complaintIn: (answer: Answer) => string,
): Promise<Answer> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await send();
    if (!complaintIn(answer).includes(notYetKnown) || Date.now() > deadline) return answer;
    await sleep(250);
  }
}
