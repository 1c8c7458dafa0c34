/** hiddenFor is how long a tab may be hidden before it stops to ask, in milliseconds. */
export const hiddenFor = 30_000;

/** untilVisible ends when the page is seen, at once where it is, or when the signal ends it. */
export function untilVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || document.visibilityState === "visible") return resolve();
    const done = (): void => {
      if (!signal.aborted && document.visibilityState !== "visible") return;
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });
}

/** whenLongHidden calls f when the page was hidden for hiddenFor, each time; the function that it returns ends that. */
export function whenLongHidden(f: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const changed = (): void => {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") timer = setTimeout(f, hiddenFor);
  };
  changed();
  document.addEventListener("visibilitychange", changed);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", changed);
  };
}

/** pause waits some milliseconds, or until the signal ends it. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/** backOff is how long to wait before try number n (from 0): 0.5 s doubled up to 10 s, a part of it by chance. */
export const backOff = (n: number): number => Math.min(10_000, 500 * 2 ** n) * (0.75 + Math.random() / 2);
