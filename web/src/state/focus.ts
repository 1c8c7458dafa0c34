const focusable = "a[href], button, input, select, textarea, summary, [tabindex]";
const patience = 5000; // ms that what had the focus may take to be there again

/** active is what has the focus, within shadow roots too; undefined where nothing has. */
export function active(): HTMLElement | undefined {
  let on: Element | null = document.activeElement;
  while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;
  return on instanceof HTMLElement && on !== document.body ? on : undefined;
}

/** nameOf tells an element from others when a screen is made anew; empty for none. */
export function nameOf(e: Element | undefined): string {
  if (e === undefined || e.id === "main") return "";
  const label = e.getAttribute("href") ?? e.getAttribute("aria-label") ?? "";
  return e.tagName + " " + label + "\n" + (label !== "" && e.tagName !== "A" ? "" : e.textContent.slice(0, 80));
}

function named(name: string): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>(focusable)];
  const hosts = document.querySelectorAll(".host, .config-editor");
  for (const host of hosts) all.push(...(host.shadowRoot?.querySelectorAll<HTMLElement>("[tabindex]") ?? []));
  const [first = ""] = name.split("\n");
  const like = (e: HTMLElement): boolean => first.includes(" #") && nameOf(e).startsWith(first + "\n");
  return all.find((e) => nameOf(e) === name) ?? all.find(like); // a link may say something else by now
}

/** focusScreen gives the focus to the screen, from where Tab leads into it. */
export const focusScreen = (): void => document.getElementById("main")?.focus({ preventScroll: true });

/** isInBar reports whether it is the field in the bar, which no screen takes the focus from. */
export const isInBar = (e: HTMLElement | undefined): boolean =>
  e instanceof HTMLInputElement && document.getElementById("main")?.contains(e) === false;

/** isOnScreen reports whether the screen has the focus, and nothing of it. */
export const isOnScreen = (): boolean => document.activeElement?.id === "main";

/**
 * focusAgain gives the focus to the screen, and to what has a name as soon as that is there: answers are awaited on the
 * way. Whoever presses a key or clicks before has chosen otherwise.
 */
export function focusAgain(name: string): void {
  focusScreen();
  const main = document.getElementById("main");
  if (name === "" || main === null) return;
  const life = new AbortController();
  const stop = (): void => life.abort();
  const watch = new MutationObserver(look);
  life.signal.addEventListener("abort", () => watch.disconnect());
  for (const kind of ["keydown", "pointerdown", "hashchange"])
    addEventListener(kind, stop, { signal: life.signal, capture: true });
  const timer = setTimeout(stop, patience);
  life.signal.addEventListener("abort", () => clearTimeout(timer));
  watch.observe(main, { childList: true, subtree: true });
  look();

  function look(): void {
    const there = named(name);
    if (there === undefined) return;
    there.focus();
    stop();
  }
}
