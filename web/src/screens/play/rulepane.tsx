import { useSignal } from "@preact/signals";
import { useKeys } from "../../parts/keys";
import { took } from "../../parts/time";
import { chips } from "../../state/prefs";
import { Editor } from "./editor";
import { History } from "./history";
import { Methods } from "./methods";
import { PartsList } from "./partslist";
import { open, running, type Rule } from "./rules";
import { useRoom } from "../../state/room";
import * as play from "./state";

/** RulePane edits the rule and shows in place what its parts gave. */
export function RulePane({ save }: { save: () => void }) {
  useKeys([{ keys: "Alt-v", does: "show or hide what the parts gave", run: () => (chips.value = !chips.value) }]);
  return (
    <section class="panel rule" aria-label="Rule" {...useRoom("rule", play.verdict.value !== null)}>
      <header>
        <h2>Rule</h2>
        <Picker />
        <Methods />
        <Speed />
        <span class="tools">
          <button type="button" class="quiet" aria-pressed={chips.value} onClick={() => (chips.value = !chips.value)}>
            Values
          </button>
          <History />
        </span>
      </header>
      <Editor save={save} />
      <PartsList />
    </section>
  );
}

function Picker() {
  const known = useSignal<readonly Rule[]>([]);
  const typed = useSignal<string | null>(null); // while it is the name of no rule
  const spot = play.spot.value;
  const ref = spot === null ? "" : "replace" in spot ? spot.replace : "";
  const list = (): void => void running().then((all) => (known.value = all), () => undefined);
  const pick = async (name: string): Promise<void> => {
    known.value = await running(name).catch(() => known.value);
    const rule = known.value.find((r) => r.ref === name);
    if (rule === undefined || (typed.value ?? name) !== name) return; // more was typed
    typed.value = null;
    open(rule);
  };
  return (
    <label class="inline">
      <span class="unseen">Rule of processor</span>
      <input
        list="rules"
        value={typed.value ?? ref}
        placeholder={spot === null ? "a new rule" : "before " + ("before" in spot ? spot.before : "")}
        autocomplete="off"
        spellcheck={false}
        onFocus={(e) => {
          e.currentTarget.select();
          if (known.value.length === 0) list();
        }}
        onInput={(e) => void pick((typed.value = e.currentTarget.value))}
        onBlur={() => (typed.value = null)}
      />
      <datalist id="rules">
        {known.value.map((r) => (
          <option key={r.ref} value={r.ref} />
        ))}
      </datalist>
      {play.source.value !== play.original.value ? (
        <span class="edited" title="Edited here; what runs is as it was">
          ✎ edited
        </span>
      ) : null}
    </label>
  );
}

function Speed() {
  const v = play.verdict.value;
  if (v === null) return null;
  return (
    <span class="muted small">
      {v.result.native ? (
        "native"
      ) : (
        <abbr title={"It runs in the JavaScript engine: " + v.result.reason}>JS engine</abbr>
      )}{" "}
      {took(v.result.durationNs)}
    </span>
  );
}
