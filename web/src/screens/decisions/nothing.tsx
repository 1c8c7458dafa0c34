import { now } from "../../api/clock";
import { Empty } from "../../parts/panel";
import { many, span } from "../../parts/time";
import { filterText, fromAddress, isEmpty } from "../../state/filter";
import { coverage } from "../../state/live";
import { refine, route } from "../../state/route";
import { session } from "../../state/session";
import { CopyGrpcurl, SendSamples } from "../samples";
import { WatchButton } from "./watchbutton";

/** Nothing says why a list is empty, and what to do about it. */
export function Nothing() {
  const filter = fromAddress(route.value.query);
  const c = coverage.value;
  if (isEmpty(filter)) {
    return (
      <Empty>
        <p>Nothing has come in yet that is still kept. A message that comes in is here within a second.</p>
        {session.value?.demo === true ? <SendSamples /> : <CopyGrpcurl />}
      </Empty>
    );
  }
  const kept = c.kept === undefined ? "what is kept" : many(c.kept, "decision");
  return (
    <Empty>
      <p>
        Nothing of {kept} fits{" "}
        <code>
          <bdi>{filterText(filter)}</bdi>
        </code>
        .{c.oldest ? ` The oldest is ${span(Math.max(0, now() - Date.parse(c.oldest)))} old.` : ""} Watch for it and
        let them dial again: what is watched is kept, whatever the load.
      </p>
      <p class="actions">
        <WatchButton filter={filter} main />
        <button type="button" onClick={() => refine("#/decisions")}>
          Clear the filter
        </button>
      </p>
    </Empty>
  );
}

/** Hint says what can be done with the list above it. */
export function Hint({ what }: { what: string }) {
  return (
    <p class="hint">
      Select a {what} to see it here
      <span class="by-key">
        : click, or <kbd>j</kbd> and <kbd>k</kbd>; Enter opens the ladder, Esc leads back, and <kbd>?</kbd> lists
        the keys
      </span>
      .
    </p>
  );
}
