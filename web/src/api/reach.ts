import { backOff } from "./visible";

// Whether anybody answers. While nobody does, one caller tries and the others wait for what comes of it.

const longest = 10_000; // ms
const waiting = new Set<() => void>();
let failures = 0;
let next = 0; // when it is tried again, by the browser's clock; 0 while nobody waits to try

/** reached notes that somebody answered: whoever waits goes on at once. */
export function reached(): void {
  failures = 0;
  for (const go of [...waiting]) go();
}

/**
 * untilTried waits until a caller whom nobody answered may ask again: the first of them for 0.5 s, doubled with each
 * try up to 10 s, the others until one was answered. It ends at once where the signal does.
 */
export async function untilTried(signal: AbortSignal): Promise<void> {
  if (next !== 0) return sleep(signal, longest); // not for ever: who tries may leave before it is answered
  const ms = backOff(failures++);
  next = Date.now() + ms;
  await sleep(signal, ms);
  next = 0;
  if (signal.aborted) for (const go of [...waiting]) go(); // another one tries
}

/** nextTry is in how many milliseconds it is tried again; 0 while it is tried. */
export const nextTry = (): number => (next === 0 ? 0 : Math.max(0, next - Date.now()));

function sleep(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      waiting.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    waiting.add(done);
    signal.addEventListener("abort", done);
  });
}
