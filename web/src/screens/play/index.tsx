import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useKeys } from "../../parts/keys";
import { Actions } from "./actions";
import { begin } from "./begin";
import { MessagePane } from "./message";
import type { Way } from "./pick";
import { RulePane } from "./rulepane";
import { Table } from "./table";
import { Traffic } from "./traffic";
import { keepTrying, tryTrafficNow } from "./trying";
import { VerdictBar } from "./verdict";
import { step } from "./walk";
import { route } from "../../state/route";

/** Playground answers whether a rule takes a message, why, and what it would do to the rest of the traffic. */
export function Playground() {
  const picking = useSignal<Way | null>(null);
  const saving = useSignal(false);
  useEffect(keepTrying, []);
  useEffect(() => void begin(route.value), [route.value]);
  useKeys([
    { keys: "[", does: "previous message", run: () => step(-1) },
    { keys: "]", does: "next message", run: () => step(1) },
    { keys: "t", does: "save as a test", run: () => (saving.value = true) },
    { keys: "Ctrl-S", does: "save as a test", run: () => (saving.value = true) },
    { keys: "Ctrl-Enter", does: "try the rule on recorded messages", run: tryTrafficNow },
  ]);
  return (
    <div class="play">
      <RulePane save={() => (saving.value = true)} />
      <MessagePane picking={picking} />
      <VerdictBar />
      <Actions saving={saving} />
      <Table />
      <Traffic />
    </div>
  );
}
