import { autocompletion, snippetCompletion, type Completion, type CompletionSource } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { offers, type Offer } from "../../rule/complete";

/** Known is what completion knows beside the schema: the message at hand, and values that were seen. */
export interface Known {
  message: () => unknown;
  seen: (path: string) => readonly string[];
}

const snippets: readonly Completion[] = [
  snippetCompletion('req => ["${911}", "${112}"].includes(req.message.requestUri?.user)', {
    label: "one of some users",
  }),
  snippetCompletion('req => req.message.requestUri?.host === "${sip.local}"', { label: "to a host" }),
  snippetCompletion('req => req.message.from.address.uri.host.endsWith("${.example.com}")', {
    label: "from a domain",
  }),
  snippetCompletion('req.message.extensions.find(e => e.name === "${X-Header}")?.value', {
    label: "an extension header",
  }),
];

/** completion completes paths of req, values behind === and some rules, by the schema that rules use. */
export const completion = (known: Known): Extension =>
  autocompletion({ override: [ofRule(known)], icons: false, activateOnTyping: true });

/** ofRule is what completes a rule, whose text begins at a place of the editor's. */
export const ofRule = (known: Known, begin = 0): CompletionSource => (context) => {
  const before = context.state.sliceDoc(Math.max(begin, context.pos - 400), context.pos);
  const found = offers(before, known.message(), known.seen);
  if (found !== null) {
    return {
      from: context.pos - before.length + found.from,
      options: found.offers.map(completionOf),
      validFor: /^[\w$.\-@ ]*$/,
    };
  }
  const word = context.matchBefore(/[\w$]+/);
  if (word === null && !context.explicit) return null;
  return { from: word?.from ?? context.pos, options: [{ label: "req", type: "variable" }, ...snippets] };
};

function completionOf(o: Offer): Completion {
  const detail = [o.type, o.value === "" || o.value === "undefined" ? "" : "= " + o.value]
    .filter((s) => s !== "")
    .join("  ");
  const made: Completion = { label: o.label, type: o.kind, detail };
  if (o.doc !== "") made.info = () => text(o.doc);
  return made;
}

/** text is a sentence that stands beside what is offered. */
export function text(doc: string): HTMLElement {
  const p = document.createElement("p");
  p.textContent = doc;
  return p;
}
