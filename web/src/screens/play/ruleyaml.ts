import { session } from "../../state/session";
import { written } from "../../state/yamlwrite";
import * as play from "./state";
import { newAddr, newRule, ruleRef } from "./winner";

/**
 * yaml is the rule as an item of spec.processors. From the demo, whose rules are in no file, it comes with the first
 * lines of one: what is copied is a configuration then.
 */
export function yaml(): string {
  const demo = session.value?.demo === true;
  const methods = play.methods.value;
  const item = [
    "- ref: " + written(ruleRef() || newRule, 0, "\n"),
    ...(demo || ruleRef() === "" ? ["  addr: " + newAddr] : []), // one that runs has its own
    "  matchFunc: " + written(play.source.value, 2, "\n"),
    ...(methods.length > 0 ? ["  methods: [" + methods.join(", ") + "]"] : []),
  ];
  if (!demo) return item.join("\n") + "\n";
  const [name = "", addr = "", ...rest] = item.join("\n").split("\n").map((line) => (line === "" ? "" : "    " + line));
  const where = "      # Where your processor listens: put its address here.";
  return [...first, name, where, addr, ...rest].join("\n") + "\n";
}

const first = [
  "kind: MessageDispatcher",
  "apiVersion: v2beta1",
  "ref: message-dispatcher",
  "spec:",
  "  bindAddr: 0.0.0.0:51901",
  "  # A message goes to the first of these that lists its method and whose matchFunc says yes.",
  "  processors:",
];
