import { useSignal } from "@preact/signals";
import { addRule, drawer, editRule, type Made } from "../../state/draft";
import * as play from "./state";
import { newRule } from "./winner";

/** ToDraft writes the rule into the draft: in the place of the one that it was, or as a new one. */
export function ToDraft() {
  const said = useSignal<Made>(null);
  const spot = play.spot.value;
  const unchanged = play.source.value === play.original.value && spot !== null && "replace" in spot;
  const write = async (): Promise<void> => {
    const rule = { methods: play.methods.value, matchFunc: play.source.value };
    said.value =
      spot !== null && "replace" in spot
        ? await editRule(spot.replace, rule)
        : await addRule(
            { ref: newRule, addr: "127.0.0.1:50051", ...rule },
            spot === null ? undefined : spot.before,
          );
    if (said.value === null) drawer.value = true;
  };
  return (
    <>
      <button type="button" disabled={unchanged} onClick={() => void write()}>
        Add to draft
      </button>
      {said.value === null ? null : <span role="alert">⚠ {said.value}</span>}
    </>
  );
}
