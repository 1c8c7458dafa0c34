import { mended, type Complaint } from "../../rule/complaints";
import { count } from "../../parts/time";
import * as play from "./state";

const mostShown = 3;

/** Complaints says below the rule what may be wrong with it, with a button where the mend is mechanical. */
export function Complaints({ list }: { list: readonly Complaint[] }) {
  const doubts = list.filter((c) => c.severity === "warning");
  if (doubts.length === 0) return null;
  return (
    <ul class="complaints" aria-label="Doubts about the rule">
      {doubts.slice(0, mostShown).map((c) => (
        <li key={c.from + c.text}>
          ⚠ <bdi>{c.text}</bdi>{" "}
          {c.mend === undefined ? null : (
            <button type="button" onClick={() => (play.source.value = mended(play.source.value, c.mend))}>
              {c.mend.name}
            </button>
          )}
        </li>
      ))}
      {doubts.length > mostShown ? <li>{count(doubts.length - mostShown)} more are marked in the rule.</li> : null}
    </ul>
  );
}
