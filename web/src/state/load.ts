import { batch, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { call, type CallOptions } from "../api/call";
import { now } from "../api/clock";
import { insist } from "../api/insist";
import { poll } from "../api/poll";
import { asProblem, isAbort, type Problem } from "../api/problem";
import { again } from "./session";

/** Loaded is what a panel shows of one call: the last good answer stays while a newer one fails. */
export interface Loaded<T> {
  data: ReadonlySignal<T | undefined>;
  problem: ReadonlySignal<Problem | null>;
  /** When the data came, in milliseconds; 0 where there are none. */
  at: ReadonlySignal<number>;
  /** Whether the first answer, or one asked for by hand, is still awaited. */
  waiting: ReadonlySignal<boolean>;
  /** reload asks again. */
  reload: () => void;
  /** The call, for people who want to make it themselves. */
  path: string;
  options: CallOptions;
}

/** LoadOptions are those of the call, and every: milliseconds from an answer to the next question; 0 asks once. */
export interface LoadOptions<T = unknown> extends CallOptions {
  every?: number;
  /** How it is asked for, where that depends on what is there. */
  ask?: (have: T | undefined, signal: AbortSignal) => Promise<T>;
}

/**
 * useLoad makes a call as long as a screen stands, and again when its path or body changes: then the former answer is
 * dropped where keep isn't set. A path of null makes none.
 */
export function useLoad<T>(path: string | null, options: LoadOptions<T> = {}): Loaded<T> {
  const body = options.body === undefined ? "" : JSON.stringify(options.body);
  const cell = useMemo(() => cellOf<T>(path ?? "", options), [path, body]);
  const signedIn = again.value;
  useEffect(() => {
    if (path === null) return;
    const life = new AbortController();
    cell.start(life.signal);
    return () => life.abort();
  }, [cell, signedIn]);
  return cell;
}

function cellOf<T>(path: string, options: LoadOptions<T>): Loaded<T> & { start: (signal: AbortSignal) => void } {
  const data: Signal<T | undefined> = signal(undefined);
  const problem: Signal<Problem | null> = signal(null);
  const at = signal(0);
  const waiting = signal(true);
  let life: AbortSignal = new AbortController().signal;

  const ask = async (by: AbortSignal): Promise<void> => {
    try {
      const got = await (options.ask?.(data.peek(), by) ?? call<T>(path, { ...options, signal: by }));
      batch(() => {
        data.value = got;
        problem.value = null;
        at.value = now();
        waiting.value = false;
      });
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      batch(() => {
        problem.value = asProblem(thrown);
        waiting.value = false;
      });
      throw thrown;
    }
  };
  let asking = new AbortController();
  const once = (): void => {
    asking.abort();
    const mine = (asking = new AbortController());
    if (life.aborted) mine.abort();
    else life.addEventListener("abort", () => mine.abort(), { signal: mine.signal });
    waiting.value = true;
    void insist(() => ask(mine.signal), mine.signal, () => undefined); // what it is told is in problem
  };
  const start = (by: AbortSignal): void => {
    life = by;
    if (options.every !== undefined && options.every > 0) void poll(ask, options.every, by);
    else once();
  };
  return { data, problem, at, waiting, reload: once, path, options, start };
}
