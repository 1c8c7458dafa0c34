import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Impact } from "../../api/api.gen";
import { Copy } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Mark } from "../../parts/glyph";
import { ProblemView } from "../../parts/problem";
import { many } from "../../parts/time";
import type { Change } from "../../state/change";
import { checkAgain, checked, checkProblem, followRunning, live, running, type Checked } from "../../state/checked";
import { discard, draft, drafted, drawer, takeBack } from "../../state/draft";
import { useLoad } from "../../state/load";
import { patch } from "../../state/patch";
import { recorded } from "../../state/recorded";
import { moves } from "./moves";
import { Rebase } from "./rebase";

/** DraftButton stands in the bar while there is a draft, and opens its drawer. */
export function DraftButton() {
  useEffect(() => {
    const life = new AbortController();
    followRunning(life.signal);
    return () => life.abort();
  }, []);
  const d = draft.value;
  if (d === null && live.value !== null) {
    return (
      <span class="live" role="status">
        <Mark of="match">{` epoch ${live.value.epoch}: your draft is live`}</Mark>
        <button type="button" class="quiet" aria-label="Close the news" onClick={() => (live.value = null)}>✕</button>
      </span>
    );
  }
  if (d === null) return null;
  const n = drafted.value.length;
  return (
    <>
      <button type="button" class="draft" aria-haspopup="dialog" onClick={() => (drawer.value = true)}>
        Draft{n > 0 ? ` ${n}` : ""} <span aria-hidden="true">▾</span>
      </button>
      {drawer.value ? <DraftDrawer /> : null}
    </>
  );
}

// hidden says whether there may be errors that the dispatcher had no room for: it lists errors first.
const hidden = (c: Checked): boolean =>
  c.problemsTotal > c.problems.length && c.problems.every((p) => p.severity === "error");

/** DraftDrawer lists what the draft changes; each can be taken back. */
function DraftDrawer() {
  const said = useSignal("");
  const d = draft.value;
  const usable = d !== null && checked.value?.text === d.text && checked.value.valid;
  const impact = useLoad<Impact>(usable ? "/config/impact" : null, {
    method: "POST",
    body: { config: d?.text ?? "", recorded: recorded() },
  }).data.value;
  if (d === null) return null;
  const c = checked.value;
  const errors = c?.problems.filter((p) => p.severity === "error") ?? [];
  const moved = running.value !== null && d.base.hash !== "" && running.value.hash !== d.base.hash;
  return (
    <Dialog title="Draft" onClose={() => (drawer.value = false)} drawer>
      {moved && running.value !== null ? <Rebase epoch={running.value.epoch} /> : null}
      <p>
        {c === null || c.text !== d.text ? (
          checkProblem.value === null ? "Being checked…" : "It isn't checked yet."
        ) : errors.length > 0 ? (
          <Mark of="error">
            {` ${hidden(c) ? "At least " : ""}${many(errors.length, "error")}: ${errors[0]?.message ?? ""}`}
          </Mark>
        ) : (
          <Mark of="match"> It can be used</Mark>
        )}
      </p>
      {checkProblem.value === null ? null : <ProblemView problem={checkProblem.value} again={checkAgain} />}
      {drafted.value.length === 0 ? <p class="muted">Nothing of a processor differs from what runs.</p> : null}
      <ul class="drafted">
        {drafted.value.map((one) => (
          <li key={one.ref + one.kind}>
            <p>
              <strong>
                <bdi>{one.ref}</bdi>
              </strong>{" "}
              {says(one)}
              <span class="muted">{usable ? moves(impact, one.ref) : ""}</span>{" "}
              <button type="button" class="quiet" onClick={() => (said.value = takeBack(one) ?? "")}>
                Undo
              </button>
            </p>
            {one.kind === "moved" ? null : (
              <>
                {one.before === "" ? null : (
                  <pre class="minus" tabIndex={0}>
                    <bdi>{one.before}</bdi>
                  </pre>
                )}
                {one.after === "" ? null : (
                  <pre class="plus" tabIndex={0}>
                    <bdi>{one.after}</bdi>
                  </pre>
                )}
              </>
            )}
          </li>
        ))}
      </ul>
      {said.value === "" ? null : (
        <p role="alert">
          <bdi>{said.value}</bdi>
        </p>
      )}
      <p class="actions">
        <a class="button" href="#/config" onClick={() => (drawer.value = false)}>
          Text, impact and reload
        </a>
        <Copy
          label="Copy the patch"
          title="For git apply"
          text={() => patch(d.base.source || running.value?.source || "dispatcher.yaml", d.base.text, d.text)}
        />
        <button type="button" class="quiet" onClick={discard}>
          Discard
        </button>
      </p>
    </Dialog>
  );
}

function says(one: Change): string {
  switch (one.kind) {
    case "moved":
      return `moved from ${one.before} to ${one.after}`;
    case "added":
      return "is new";
    case "removed":
      return "is gone";
    case "methods":
      return "takes other methods";
    case "rule":
      return "has another rule";
  }
}
