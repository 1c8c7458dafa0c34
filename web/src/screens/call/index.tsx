import { useSignal } from "@preact/signals";
import { useKeys } from "../../parts/keys";
import { Empty } from "../../parts/panel";
import { address, back, refine, route } from "../../state/route";
import { CallView } from "./view";

/** CallScreen is the ladder of the call in the address, or of several beside one another. */
export function Call() {
  const { args, query } = route.value;
  const more = useSignal("");
  useKeys([{ keys: "Escape", does: "go back", run: () => back("#/decisions") }]);
  const callIds = args.filter((a) => a !== "");
  if (callIds.length === 0) {
    return (
      <Empty>
        No Call-ID stands in the address. <a href="#/decisions">Look for a call</a>
      </Empty>
    );
  }
  return (
    <>
      <p class="crumbs">
        <a href="#/decisions">Calls</a> / <bdi>{callIds.join(" + ")}</bdi>
      </p>
      <CallView callIds={callIds} at={query.get("at") ?? ""} />
      <form
        class="actions"
        onSubmit={(e) => {
          e.preventDefault();
          if (more.value.trim() !== "") refine(address("call", [...callIds, more.value.trim()]));
          more.value = "";
        }}
      >
        <label>
          Another leg of this call:{" "}
          <input
            type="text"
            placeholder="its Call-ID"
            value={more.value}
            onInput={(e) => (more.value = e.currentTarget.value)}
          />
        </label>
        <button type="submit">Add to the ladder</button>
      </form>
    </>
  );
}
