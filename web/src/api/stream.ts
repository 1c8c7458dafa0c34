import { request, whenOpen } from "./call";
import { asProblem, isAbort, type Problem } from "./problem";
import { untilTried } from "./reach";
import { parser, type ServerEvent } from "./sse";
import { backOff, pause, untilVisible, whenLongHidden } from "./visible";

/** StreamOptions say where a stream goes. Everything is called from one task: nothing runs beside it. */
export interface StreamOptions {
  signal: AbortSignal;
  event: (event: ServerEvent) => void;
  /** Told of each connection, and of each end that nobody wanted. */
  state?: (problem: Problem | null) => void;
}

/**
 * stream reads a stream of events until the signal ends it. It comes back by itself, resuming after the last event that
 * it had; it closes while the page is hidden for long, so that a browser's few connections last. An event without an id
 * waits for the next one that has it: where the stream is torn in between, both come again.
 * After a 401 it waits for another token; it ends by itself only where the dispatcher refuses the stream for good.
 */
export async function stream(path: string, options: StreamOptions): Promise<void> {
  let last = "";
  for (let failures = 0; !options.signal.aborted;) {
    await untilVisible(options.signal);
    await whenOpen(options.signal);
    const connection = new AbortController();
    const end = (): void => connection.abort();
    options.signal.addEventListener("abort", end);
    const seen = whenLongHidden(end);
    const held: ServerEvent[] = [];
    try {
      await read(path, last, connection.signal, options, (event) => {
        failures = 0;
        if (event.event !== "") held.push(event);
        if (event.id === "") return;
        last = event.id;
        for (const e of held.splice(0)) options.event(e);
      });
      failures++; // it ended in order: the dispatcher stops, or something between closed it
    } catch (thrown) {
      if (!isAbort(thrown)) {
        const problem = asProblem(thrown);
        options.state?.(problem);
        if (problem.status === 401) continue; // once there is another token
        if (!problem.passing) return;
        if (problem.silent) {
          await untilTried(options.signal);
          continue;
        }
        failures++;
        await pause(Math.max(problem.retryAfter * 1000, backOff(failures - 1)), options.signal);
        continue;
      }
    } finally {
      seen();
      options.signal.removeEventListener("abort", end);
    }
    if (failures > 0) await pause(backOff(failures - 1), options.signal);
  }
}

async function read(
  path: string,
  last: string,
  signal: AbortSignal,
  options: StreamOptions,
  take: (event: ServerEvent) => void,
): Promise<void> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (last !== "") headers["Last-Event-ID"] = last;
  const response = await request(path, { signal, headers });
  options.state?.(null);
  if (response.body === null) return;
  const parse = parser(take);
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parse(decoder.decode(value, { stream: true }));
  }
}
