import type { Signal } from "@preact/signals";

/** Tabs choose one of a few views; arrows move between them, as ARIA's pattern has it. */
export function Tabs<T extends string>({
  label,
  all,
  chosen,
}: {
  label: string;
  all: readonly T[];
  chosen: Signal<T>;
}) {
  const move = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = all[(all.indexOf(chosen.value) + by + all.length) % all.length];
    if (by === 0 || next === undefined) return;
    chosen.value = next;
    event.preventDefault();
    const list = event.currentTarget;
    if (list instanceof HTMLElement)
      requestAnimationFrame(() => list.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {all.map((one) => (
        <button
          key={one}
          type="button"
          class="quiet"
          role="tab"
          aria-selected={one === chosen.value}
          tabIndex={one === chosen.value ? 0 : -1}
          onClick={() => (chosen.value = one)}
        >
          {one}
        </button>
      ))}
    </div>
  );
}
