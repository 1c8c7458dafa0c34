import { useSignal } from "@preact/signals";
import type { Overlaps } from "../../api/api.gen";
import { Mark } from "../../parts/glyph";
import { useKeys } from "../../parts/keys";
import { notes } from "../../rule/notes";
import { drawer, moveRule } from "../../state/draft";
import { address, go } from "../../state/route";
import type { RuleTable } from "../../state/ruletable";
import { Counts, ProcessorState } from "./counts";
import { Neighbours } from "./neighbours";
import { Traffic } from "./traffic";

interface RulePanelProps {
  table: RuleTable;
  ref_: string;
  overlaps: Overlaps["overlaps"];
  close: () => void;
}

/** RulePanel is all there is to know of one rule, and what can be done with it. */
export function RulePanel({ table, ref_, overlaps, close }: RulePanelProps) {
  void table.version.value;
  const rule = table.find(ref_);
  const said = useSignal<string | null>(null);
  const moved = async (by: -1 | 1): Promise<void> => {
    said.value = await moveRule(ref_, by);
    if (said.value === null) drawer.value = true;
  };
  useKeys([
    { keys: "Alt-ArrowUp", does: "move the rule up in the draft", run: () => void moved(-1) },
    { keys: "Alt-ArrowDown", does: "move the rule down in the draft", run: () => void moved(1) },
    { keys: "Escape", does: "close the rule", run: close },
  ]);
  if (rule === undefined) return null;
  const found = notes(rule);
  return (
    <section class="panel" aria-label={"Rule " + rule.ref}>
      <header>
        <h2>
          Rule {rule.index + 1} · <bdi>{rule.ref}</bdi>
        </h2>
        <span class="muted">
          {rule.methods.join(" ")}
          {rule.place === undefined ? "" : ` · line ${rule.place.line} of the file`}
        </span>
        <span class="tools">
          <button type="button" class="main" onClick={() => go(address("play", [], { rule: rule.ref }))}>
            Try in the Playground <kbd>p</kbd>
          </button>
          <button type="button" onClick={() => void moved(-1)}>
            ↑ in the draft
          </button>
          <button type="button" onClick={() => void moved(1)}>
            ↓ in the draft
          </button>
          <button type="button" class="quiet" aria-label="Close the rule" onClick={close}>
            ✕
          </button>
        </span>
      </header>
      <div class="rule-panel">
        {said.value === null ? null : (
          <p class="caution" role="alert">
            <bdi>{said.value}</bdi>
          </p>
        )}
        <pre class="source" tabIndex={0}>
          <bdi>{rule.matchFunc}</bdi>
        </pre>
        {found.length === 0 ? null : (
          <ul class="notes">
            {found.map((n, i) => (
              <li key={i}>
                <Mark of={n.kind === "error" ? "error" : n.kind === "warning" ? "no-match" : "not-tried"} />{" "}
                {n.long.includes(n.short.replace(/…$/, "")) ? null : <strong>{n.short}: </strong>}
                <bdi>{n.long}</bdi>
                {n.kind === "error" && rule.lastError ? (
                  <>
                    {" "}
                    <a href={address("decision", [rule.lastError.id])}>Open the message</a>
                  </>
                ) : null}
              </li>
            ))}
          </ul>
        )}
        <Traffic key={rule.matchFunc} rule={rule} />
        <Neighbours rule={rule.ref} overlaps={overlaps} />
        <Counts rule={rule} />
        <ProcessorState ref_={rule.ref} />
      </div>
    </section>
  );
}
