import { signal } from "@preact/signals";
import { active, focusAgain, focusScreen, isInBar, nameOf } from "./focus";
import { canGoBack, moved } from "./trail";

/** Route is where the page is: everything behind the # of its address. Nothing of it reaches a server's log. */
export interface Route {
  /** Such as decisions; empty for the Overview. */
  screen: string;
  /** What stands behind it, decoded: a Call-ID, an id, a ref. */
  args: readonly string[];
  query: URLSearchParams;
}

/** parseRoute reads a fragment, with its #. */
export function parseRoute(fragment: string): Route {
  const [path = "", search = ""] = fragment.replace(/^#\/?/, "").split(/\?(.*)/s);
  const parts = path.split("/").map(decoded);
  return { screen: parts[0] ?? "", args: parts.slice(1), query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody typed a lone %
  }
}

/** address writes a fragment. Parameters that are undefined or empty are left out. */
export function address(
  screen: string,
  args: readonly string[] = [],
  query: Record<string, string | undefined> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(name, value);
  const tail = search.toString();
  return "#/" + [screen, ...args.map(encodeURIComponent)].join("/") + (tail === "" ? "" : "?" + tail);
}

/** route is where the page is now. */
export const route = signal(parseRoute(location.hash));

addEventListener("hashchange", () => {
  const before = moved(nameOf(active()));
  const screen = route.value.screen;
  route.value = parseRoute(location.hash);
  if (route.value.screen === screen && active() !== undefined) return; // it stands where it stood
  if (isInBar(active())) return; // somebody has gone there since
  if (before === undefined) focusScreen();
  else focusAgain(before);
});

/** go opens another place; Back leads here again. */
export function go(to: string): void {
  location.hash = to;
}

/** back goes to where one came from, or elsewhere for who came with this address. */
export function back(otherwise: string): void {
  if (canGoBack()) history.back();
  else go(otherwise);
}

/** refine changes the address of this place, such as its filter, without another step for Back. */
export function refine(to: string): void {
  history.replaceState(history.state, "", to);
  route.value = parseRoute(to);
}
