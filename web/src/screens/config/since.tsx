import type { Stats } from "../../api/api.gen";
import { OnlyHere } from "../../parts/onlyhere";
import { count, share, span } from "../../parts/time";
import { around, type Share } from "../../state/compare";
import { useLoad } from "../../state/load";
import { askStats, statsPath } from "../../state/stats";

/** Since compares how much failed in the five minutes before a draft went live with what fails since. */
export function Since({ at }: { at: string }) {
  const stats = useLoad<Stats>(statsPath, { every: 5000, ask: askStats }).data.value;
  if (stats === undefined) return null;
  const { before, after } = around(stats, Date.parse(at) / 1000);
  return (
    <span>
      In the {span(before.seconds * 1000)} before it {failing(before)}; in the {span(after.seconds * 1000)} since{" "}
      {failing(after)}. <OnlyHere />
    </span>
  );
}

function failing({ messages, failed }: Share): string {
  if (messages === 0) return "nothing came in";
  return `${count(failed)} of ${count(messages)} messages failed (${share(failed, messages)})`;
}
