import { ReqTree } from "../../parts/reqtree";
import * as play from "./state";
import type { Subject } from "./subject";

/** Tree shows req as rules see it, with what the rule reads. */
export function Tree({ subject }: { subject: Subject }) {
  if (subject.json === null) return <p class="muted">The text is too little for a message.</p>;
  return (
    <ReqTree
      value={subject.json}
      lit={play.pointed.value}
      point={(path) => void (play.pointed.value = path)}
      read={play.reads.value}
    />
  );
}
