import { autocompletion, type Completion, type CompletionSource } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import { described, keyAt, keyOffers, type KeyOffer } from "../../rule/configkeys";
import { configPlace } from "../../rule/configplace";
import { ruleAround } from "../../rule/ruletext";
import { ofRule, text } from "./complete";
import { linesOf, ruleRange } from "./configtext";

const ofRules = { message: () => undefined, seen: () => [] }; // there is no message at hand

/** offer completes keys and values by the configuration's schema, and in rules what rules are made of. */
const offer: CompletionSource = (context) => {
  const doc = context.state.doc;
  const line = doc.lineAt(context.pos);
  const rule = ruleAround(linesOf(doc), line.number);
  if (rule !== null) {
    const range = ruleRange(doc, rule);
    if (context.pos >= range.from && context.pos <= range.to) return ofRule(ofRules, range.from)(context);
  }
  const place = configPlace(linesOf(doc), line.number, context.pos - line.from);
  if (place === null) return null;
  const from = line.from + place.from;
  if (from === context.pos && !context.explicit && place.kind === "key") return null;
  const options = keyOffers(place).map(completionOf);
  return options.length === 0 ? null : { from, options, validFor: /^[\w-]*$/ };
};

function completionOf(o: KeyOffer): Completion {
  const made: Completion = { label: o.label, type: o.kind, detail: o.type, apply: o.written };
  if (o.doc !== "") made.info = () => text(o.doc);
  return made;
}

/** hover says what a key is. */
const hover = hoverTooltip(
  (view, at) => {
    const doc = view.state.doc;
    const line = doc.lineAt(at);
    const m = /^( *(?:- +)*)([\w-]+):(?: |$)/.exec(line.text);
    const [from, name] = [(m?.[1] ?? "").length, m?.[2] ?? ""];
    const to = from + name.length;
    if (at < line.from + from || at > line.from + to) return null;
    const place = configPlace(linesOf(doc), line.number, to);
    const key = place === null ? undefined : keyAt([...place.path, name]);
    if (key === undefined) return null;
    const dom = document.createElement("div");
    dom.className = "cm-completionInfo";
    dom.append(text(described(key)), text(key.doc));
    return { pos: line.from + from, end: line.from + to, above: true, create: () => ({ dom }) };
  },
  { hoverTime: 400 },
);

/** configCompletion completes a configuration, and says what its keys are. */
export const configCompletion: Extension = [
  autocompletion({
    override: [offer], icons: false, activateOnTyping: true,
    activateOnCompletion: (c) => typeof c.apply === "string" && c.apply.endsWith(": "),
  }),
  hover,
];
