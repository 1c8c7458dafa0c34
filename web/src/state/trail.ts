// Where one has been: what each step of the browser's history keeps, for when one comes back to it.
import { signal, type Signal } from "@preact/signals";

/** Step is one entry of the browser's history. It holds no element: screens are made anew. */
interface Step {
  /** What had the focus when it was left, by its name. */
  focus: string;
  kept: Map<string, Signal<unknown>>;
}

const most = 50; // steps that are remembered, as many as browsers go back
const steps = new Map<number, Step>();

/** depth is how many steps of the console are behind an entry; undefined for one that is new. */
const depth = (): number | undefined => (history.state as { depth?: number } | null)?.depth;

let at = depth() ?? 0;
history.replaceState({ depth: at }, "");

function here(): Step {
  const step = steps.get(at) ?? { focus: "", kept: new Map<string, Signal<unknown>>() };
  steps.set(at, step);
  return step;
}

/** kept is a value that this step of the history keeps: it is as it was for who comes back. */
export function kept<T>(name: string, initial: T): Signal<T> {
  const { kept } = here();
  const there = kept.get(name) ?? signal<unknown>(initial);
  kept.set(name, there);
  return there as Signal<T>;
}

/** moved notes that the browser went to another step, and says what had the focus when that was left; undefined for a
 * new one. */
export function moved(focus: string): string | undefined {
  here().focus = focus;
  const known = depth();
  at = known ?? at + 1;
  if (known !== undefined) return here().focus;
  for (const d of steps.keys()) if (d >= at || d < at - most) steps.delete(d);
  history.replaceState({ depth: at }, "");
  return undefined;
}

/** canGoBack reports whether the step before this one is the console's. */
export const canGoBack = (): boolean => at > 0;
