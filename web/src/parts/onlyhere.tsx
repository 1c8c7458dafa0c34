import type { Unanswered as Missing } from "../api/api.gen";
import { here, several } from "../state/fleet";
import { Mark } from "./glyph";

/** OnlyHere says that something is of this replica alone; nothing where there is no other. */
export function OnlyHere() {
  if (!several.value) return null;
  return (
    <span class="muted only" title={`What other replicas did isn't in it: this is what ${here.value} knows.`}>
      this replica only
    </span>
  );
}

/** Unanswered says which replicas aren't in an answer of all, and why. */
export function Unanswered({ list }: { list: readonly Missing[] | undefined }) {
  if (list === undefined || list.length === 0) return null;
  return (
    <p class="caution" role="status">
      {list.map((m) => (
        <span key={m.replica}>
          <Mark of="error"> Without </Mark>
          <bdi>{m.replica}</bdi>: <bdi>{m.why}</bdi>.{" "}
        </span>
      ))}
    </p>
  );
}
