// The console's beginning: who is there, which screen the address names, and what stands around it.
import { render } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listenForKeys, useKeys } from "./parts/keys";
import { Empty } from "./parts/panel";
import { Banner } from "./screens/shell/banner";
import { Bar } from "./screens/shell/bar";
import { Help } from "./screens/shell/help";
import { Rail } from "./screens/shell/rail";
import { early, screenOf, screens } from "./screens/shell/screens";
import { Refused, SignIn } from "./screens/shell/signin";
import { startFleet } from "./state/fleet";
import { keepPrefs } from "./state/prefs";
import { go, route } from "./state/route";
import { access, startSession } from "./state/session";
import { startStatus } from "./state/status";
import { fresh, watches } from "./state/watches";

function Console() {
  const help = useSignal(false);
  const screen = screenOf(route.value.screen);
  const caught = (watches.value ?? []).filter((w) => fresh(w) > 0).length; // a tab in the back says so, too
  useKeys([
    ...screens.flatMap((s) =>
      s.key === undefined ? [] : [{ keys: "g " + s.key, does: "open " + s.title, run: () => go("#/" + s.name) }],
    ),
    { keys: "?", does: "list the keys that work here", run: () => (help.value = true) },
  ]);
  useEffect(() => {
    const badge = caught === 0 ? "" : `(${caught}) `;
    document.title = badge + (screen?.title ?? "Nothing here") + " · " + location.host;
  }, [screen, caught]);
  const state = access.value;
  if (state.state === "refused") return <Refused problem={state.problem} />;
  const View = screen?.view;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the screen
      </a>
      <Bar help={() => (help.value = true)} />
      <Banner />
      <Rail />
      <main id="main" tabIndex={-1}>
        <h1 class="unseen">{screen?.title ?? "Nothing here"}</h1>
        {View === undefined ? (
          <Empty>
            No screen has this name. <a href="#/">Open the Overview</a>
          </Empty>
        ) : (
          <View />
        )}
      </main>
      {state.state === "signin" ? <SignIn access={state} /> : null}
      {help.value ? <Help close={() => (help.value = false)} /> : null}
    </>
  );
}

function skip(event: Event): void {
  event.preventDefault(); // the fragment is the console's address
  document.getElementById("main")?.focus();
}

const life = new AbortController().signal; // as long as the page
early(route.peek().screen);
keepPrefs();
startSession(life);
startStatus(life);
startFleet(life);
listenForKeys(life);
const root = document.getElementById("console");
if (root !== null) {
  const before = [...root.childNodes]; // what an older browser reads: also one that gets as far as this
  root.replaceChildren();
  try {
    render(<Console />, root);
  } catch (thrown) {
    root.replaceChildren(...before);
    throw thrown;
  }
}
