import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** Tab is one of several views in the same place. */
export interface Tab {
  name: string;
  title: ComponentChildren;
  view: () => ComponentChildren;
}

/** Tabs shows one view at a time; arrows go from tab to tab (WAI-ARIA's tabs). */
export function Tabs({ label, tabs, open, choose }: {
  label: string; tabs: readonly Tab[]; open: string; choose: (name: string) => void;
}) {
  const id = useId();
  const current = tabs.find((t) => t.name === open) ?? tabs[0];
  const pressed = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const at = tabs.findIndex((t) => t.name === current?.name);
    const to = tabs[(at + by + tabs.length) % tabs.length];
    if (to === undefined) return;
    event.preventDefault();
    choose(to.name);
    document.getElementById(`${id}-${to.name}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={pressed}>
        {tabs.map((t) => (
          <button
            key={t.name}
            id={`${id}-${t.name}`}
            type="button"
            role="tab"
            aria-selected={t === current}
            aria-controls={`${id}-view`}
            tabIndex={t === current ? 0 : -1}
            onClick={() => choose(t.name)}
          >
            {t.title}
          </button>
        ))}
      </div>
      <div id={`${id}-view`} role="tabpanel" aria-labelledby={`${id}-${current?.name ?? ""}`} class="tabview">
        {current?.view()}
      </div>
    </>
  );
}
