import { letters } from "../state/prefs";
import { useKeys } from "./keys";

interface ListKeys {
  list: { readonly current: HTMLElement | null };
  count: number;
  selected: number;
  /** How many rows are seen at once. */
  page: number;
  select: (index: number) => void;
  open: ((index: number) => void) | undefined;
  close: (() => void) | undefined;
}

/**
 * useRowKeys has a list act on its keys, and returns what it does with one that is pressed in it. A list is one stop of
 * Tab: arrows lead from it to what can be sorted by.
 */
export function useRowKeys(of: ListKeys): (event: KeyboardEvent) => void {
  const { list, count, selected, page, open, close } = of;
  const focus = (): void => list.current?.focus({ preventScroll: true });
  const choose = (to: number): void => {
    focus();
    of.select(to);
  };
  const up = selected < 0 ? 0 : selected - 1;
  const steps = [
    { keys: "j", does: "select the next row", run: () => choose(selected + 1) },
    { keys: "k", does: "select the row before", run: () => choose(up) },
  ];
  const leave = (): void => {
    close?.();
    focus();
  };
  const leaves = close === undefined ? [] : [{ keys: "Escape", does: "close what is selected", run: leave }];
  useKeys(count === 0 ? leaves : [...steps, ...leaves], true);

  const moves: Record<string, number> = {
    ArrowDown: selected + 1, ArrowUp: up, PageDown: selected + page, PageUp: selected - page, Home: 0, End: count - 1,
    ...(letters.value ? { j: selected + 1, k: up } : {}), // of the list that has the focus
  };
  return (event) => {
    const to = moves[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (to !== undefined) choose(to);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      if (!alongHead(event.key === "ArrowRight" ? 1 : -1)) return;
    } else if (event.key === "Enter" && count > 0 && event.target === list.current) open?.(Math.max(0, selected));
    else return;
    event.preventDefault();
  };

  function alongHead(by: 1 | -1): boolean {
    const all = [...(list.current?.querySelectorAll<HTMLElement>(".head button") ?? [])];
    const stops = all.filter((b) => b.checkVisibility());
    const to = stops.findIndex((b) => b === document.activeElement) + by;
    if (stops.length === 0) return false;
    if (to < 0) focus();
    else stops[Math.min(to, stops.length - 1)]?.focus();
    return true;
  }
}
