import { useEffect } from "preact/hooks";
import { again } from "../../state/session";
import { route } from "../../state/route";
import { grouped } from "../../state/watchgroup";
import { fresh, followWatches, watches } from "../../state/watches";
import { screens } from "./screens";

/** Names for a phone, where all screens stand in one line of 360 pixels. */
const brief: Record<string, string> = { play: "Play", decisions: "Calls", config: "Config", watches: "Watch" };

/** Rail leads to the screens. On a phone it stands at the bottom. */
export function Rail() {
  const here = route.value.screen === "call" || route.value.screen === "decision" ? "decisions" : route.value.screen;
  useEffect(() => {
    const life = new AbortController();
    followWatches(life.signal);
    return () => life.abort();
  }, [again.value]);
  return (
    <nav class="rail" aria-label="Screens">
      {screens.map((s) =>
        s.key === undefined ? null : (
          <a key={s.name} href={"#/" + s.name} aria-current={s.name === here ? "page" : undefined}>
            <span class="long">{s.title}</span>
            <span class="brief">{brief[s.name] ?? s.title}</span>
            {s.name === "watches" ? <Caught /> : null}
          </a>
        ),
      )}
    </nav>
  );
}

/** Caught is how many watches there are, and whether one has caught something that nobody has looked at. */
function Caught() {
  const list = watches.value ?? [];
  if (list.length === 0) return null;
  const groups = grouped(list).length;
  if (!list.some((w) => fresh(w) > 0)) return <span>{"\u00a0" + groups}</span>;
  return (
    <strong>
      {"\u00a0" + groups} ●<span class="long"> new</span>
    </strong>
  );
}
