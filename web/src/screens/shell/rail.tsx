import { route } from "../../state/route";
import { screens } from "./screens";

/** Rail leads to the screens. On a phone it stands at the bottom. */
export function Rail() {
  const here = route.value.screen === "call" || route.value.screen === "decision" ? "decisions" : route.value.screen;
  return (
    <nav class="rail" aria-label="Screens">
      {screens.map((s) =>
        s.key === undefined ? null : (
          <a key={s.name} href={"#/" + s.name} aria-current={s.name === here ? "page" : undefined}>
            {s.title}
          </a>
        ),
      )}
    </nav>
  );
}
