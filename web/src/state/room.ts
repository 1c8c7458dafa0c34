import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";
import type { Loaded } from "./load";

// How high panels were in a window of this width, so that what is below them stands where it will be from the first
// moment on. It holds nothing of a message.

const kept = "dispatcher.room";

interface Heights {
  width: number;
  of: Record<string, number>;
}

function read(): Heights {
  try {
    const stored = JSON.parse(localStorage.getItem(kept) ?? "null") as Heights | null;
    if (stored?.width === innerWidth && typeof stored.of === "object") return stored;
  } catch {
    // storage is off, or somebody wrote something else there
  }
  return { width: innerWidth, of: {} };
}

let heights = read();

function note(name: string, height: number): void {
  if (height === 0 || (heights.width === innerWidth && heights.of[name] === height)) return;
  heights = { width: innerWidth, of: { ...(heights.width === innerWidth ? heights.of : {}), [name]: height } };
  try {
    localStorage.setItem(kept, JSON.stringify(heights));
  } catch {
    // storage is off or full: it is known as long as the page lives
  }
}

/** Filled says whether what fills a panel is there: all of Loaded that room is made by. */
type Filled = Pick<Loaded<unknown>, "data" | "problem">;

/** Room is what an element gets that keeps its place. */
export interface Room {
  ref: RefObject<(HTMLElement & HTMLDivElement) | null>;
  style: { minHeight: string };
}

/**
 * useRoom has a panel be as high, while what fills it is awaited, as it was the last time; as high as its head and some
 * lines where it is seen for the first time. It is never less high than those lines.
 */
export function useRoom(name: string, of: Filled | boolean, lines = 4): Room {
  const ref = useRef<(HTMLElement & HTMLDivElement) | null>(null);
  const waits = typeof of === "boolean" ? !of : of.data.value === undefined;
  const settled = typeof of === "boolean" ? of : !waits && of.problem.value === null;
  useEffect(() => {
    const box = ref.current;
    if (!settled || box === null) return;
    const watch = new ResizeObserver(() => note(name, box.getBoundingClientRect().height));
    watch.observe(box);
    return () => watch.disconnect();
  }, [name, settled]);
  const last = heights.width === innerWidth ? heights.of[name] : undefined;
  const least = `calc(var(--row) * ${lines} + 54px)`;
  return { ref, style: { minHeight: waits && last !== undefined ? `${last}px` : least } };
}
