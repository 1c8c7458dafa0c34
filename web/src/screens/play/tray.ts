import { signal } from "@preact/signals";
import { onForget } from "../../state/session";

/** tray holds the tests that were saved so far, to be taken home as one file. */
export const tray = signal<readonly string[]>([]);
onForget(() => (tray.value = []));
