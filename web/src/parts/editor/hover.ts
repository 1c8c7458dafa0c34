import type { Extension } from "@codemirror/state";
import { hoverTooltip, type EditorView } from "@codemirror/view";
import type { Part } from "../../rule/parts";
import { described, fieldOf } from "../../rule/schema";
import { count } from "../time";
import { partsAt } from "./marks";

/** hover shows a card on the part that somebody points at: its value, type and doc, and what traffic gave. */
export const hover: Extension = hoverTooltip(
  (view, at) => {
    const part = partsAt(view.state, at).find((p) => p.path !== "" || p.condition);
    if (part === undefined) return null;
    return { pos: part.from, end: part.to, above: false, create: () => ({ dom: card(part, view) }) };
  },
  { hoverTime: 250 },
);

function card(part: Part, view: EditorView): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "card";
  dom.style.padding = "6px 10px";
  dom.style.fontFamily = "var(--sans)";
  const line = (text: string, name = "p"): HTMLElement => {
    const e = document.createElement(name);
    e.textContent = text;
    e.style.margin = "0 0 4px";
    dom.append(e);
    return e;
  };
  const said = { true: "gave", false: "gave", threw: "threw", skipped: "wasn't asked" }[part.state];
  line(part.text + " " + said + (part.state === "true" || part.state === "false" ? " " + part.value : ""), "code");
  const field = part.path === "" ? undefined : fieldOf(part.path);
  if (field !== undefined) {
    line(described(field) + "; where the message doesn't have it: " + field.unset);
    if (field.doc !== "") line(field.doc);
  }
  const t = part.traffic;
  if (t !== undefined) {
    line(
      "In recorded messages: true " + count(t.true) + ", false " + count(t.false) + ", not asked " + count(t.skipped),
    );
    for (const v of t.values.slice(0, 5)) line(count(v.count) + " × " + v.value, "code").style.display = "block";
  }
  if (part.path !== "" && /^"[^\\]*"$/.test(part.value) && !part.value.endsWith('…"'))
    dom.append(compare(part, view));
  return dom;
}

/** compare is the button that writes a comparison with the value behind the part. */
function compare(part: Part, view: EditorView): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Compare with this";
  button.addEventListener("click", () => {
    view.dispatch({ changes: { from: part.to, insert: " === " + part.value } });
    view.focus();
  });
  return button;
}
