import { computed, effect, signal, type Signal } from "@preact/signals";

const kept = "dispatcher.prefs";

/** Prefs is what one operator likes, on this browser. It holds nothing of a message. */
interface Prefs {
  theme: "system" | "light" | "dark";
  utc: boolean;
  /** Whether single letters act as keys (WCAG 2.1.4 wants that to be a choice). */
  letters: boolean;
  rows: "compact" | "comfortable";
  /** Whether the editor shows what the parts of a rule gave. */
  chips: boolean;
}

const initial: Prefs = { theme: "system", utc: false, letters: true, rows: "compact", chips: true };

function read(): Prefs {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(kept) ?? "{}");
    return { ...initial, ...(typeof stored === "object" ? stored : {}) };
  } catch {
    return initial; // storage is off, or somebody wrote something else there
  }
}

const from = read();
export const theme: Signal<Prefs["theme"]> = signal(from.theme);
export const utc = signal(from.utc);
export const letters = signal(from.letters);
export const rows: Signal<Prefs["rows"]> = signal(from.rows);
export const chips = signal(from.chips);

/** keepPrefs writes the preferences whenever one changes, and has the page follow them. */
export function keepPrefs(): void {
  effect(() => {
    const prefs: Prefs = {
      theme: theme.value,
      utc: utc.value,
      letters: letters.value,
      rows: rows.value,
      chips: chips.value,
    };
    try {
      localStorage.setItem(kept, JSON.stringify(prefs));
    } catch {
      // storage is off: they hold as long as the page
    }
    const root = document.documentElement;
    if (prefs.theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = prefs.theme;
    root.dataset["rows"] = prefs.rows;
  });
}

/** zone is where times of day are shown. */
export const zone = computed(() => (utc.value ? "utc" : "local"));
