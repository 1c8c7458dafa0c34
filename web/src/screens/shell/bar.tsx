import { useSignal } from "@preact/signals";
import { Dialog } from "../../parts/dialog";
import { count, rate, span } from "../../parts/time";
import { Mark } from "../../parts/glyph";
import { fleet, several } from "../../state/fleet";
import { letters, rows, theme, utc } from "../../state/prefs";
import { session, signOut } from "../../state/session";
import { epoch, status, traffic } from "../../state/status";
import { hasToken } from "../../api/token";
import { DraftButton } from "../draft/index";
import { Search } from "./search";

const themes = { system: "◐", light: "☀", dark: "☾" } as const;
const nextTheme = { system: "light", light: "dark", dark: "system" } as const;

/** Bar stands on top: which dispatcher this is, how it does, and the search. */
export function Bar({ help }: { help: () => void }) {
  const settings = useSignal(false);
  return (
    <header class="bar">
      <a class="brand" href="#/">
        <span aria-hidden="true">◆</span> <bdi>{location.host}</bdi> <span class="unseen">Overview</span>
      </a>
      <StatusWord />
      <Search />
      <span class="tools">
        <DraftButton />
        <button
          type="button"
          class="quiet"
          title={"Colours: " + theme.value}
          aria-label={"Colours: " + theme.value + ", change"}
          onClick={() => (theme.value = nextTheme[theme.value])}
        >
          {themes[theme.value]}
        </button>
        <button
          type="button"
          class="quiet"
          aria-label="Settings"
          title="Settings"
          onClick={() => (settings.value = true)}
        >
          ⚙
        </button>
        <button
          type="button"
          class="quiet"
          aria-label="Keys that work here"
          title="Keys that work here (?)"
          onClick={help}
        >
          ?
        </button>
      </span>
      {settings.value ? <Settings close={() => (settings.value = false)} /> : null}
    </header>
  );
}

function StatusWord() {
  const open = useSignal(false);
  const { word, glyph, reasons } = status.value;
  return (
    <span class="status">
      <button type="button" class="quiet" aria-label={"State: " + word + ", why"} onClick={() => (open.value = true)}>
        <span
          class={
            "mark " + (glyph === "●" ? "match" : glyph === "◐" ? "no-match" : glyph === "○" ? "error" : "not-tried")
          }
        >
          <span aria-hidden="true">{glyph}</span> {word}
        </span>
        {reasons.length > 1 ? " (" + count(reasons.length) + ")" : ""}
      </button>
      {epoch.value > 0 ? (
        <a class="muted" href="#/config">
          epoch {epoch.value}
        </a>
      ) : null}
      {several.value ? (
        <a class="muted fleet-line" href="#/config" title={fleet.value?.summary}>
          {fleet.value?.agree === true ? fleet.value.summary : <Mark of="no-match">{" " + fleet.value?.summary}</Mark>}
        </a>
      ) : null}
      <Traffic />
      {open.value ? (
        <Dialog title={"The dispatcher is " + word} onClose={() => (open.value = false)}>
          {reasons.length === 0 ? <p>Messages are taken, and nothing stands against it.</p> : null}
          <ul>
            {reasons.map((r) => (
              <li key={r}>
                <bdi>{r}</bdi>
              </li>
            ))}
          </ul>
          {session.value === null ? null : (
            <p class="muted">
              Version <bdi>{session.value.version}</bdi>.
            </p>
          )}
        </Dialog>
      ) : null}
    </span>
  );
}

function Traffic() {
  const now = traffic.value;
  return (
    <span class="muted number traffic" title="Messages of the last ten seconds">
      {now === null ? "" : now.idle > 0 ? "idle " + span(now.idle * 1000) : rate(now.perSecond).replace("/", "msg/")}
    </span>
  );
}

function Settings({ close }: { close: () => void }) {
  return (
    <Dialog title="Settings" onClose={close}>
      <p class="muted">They are kept in this browser.</p>
      <Switch label="Times in UTC" on={utc.value} set={(on) => (utc.value = on)} />
      <Switch label="Single letters act as keys" on={letters.value} set={(on) => (letters.value = on)} />
      <Switch
        label="Higher rows"
        on={rows.value === "comfortable"}
        set={(on) => (rows.value = on ? "comfortable" : "compact")}
      />
      {hasToken() ? (
        <p>
          <button type="button" onClick={signOut}>
            Sign out
          </button>{" "}
          <span class="muted">Forgets the token and all that was seen.</span>
        </p>
      ) : null}
    </Dialog>
  );
}

function Switch({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={on} onChange={(e) => set(e.currentTarget.checked)} /> {label}
    </label>
  );
}
