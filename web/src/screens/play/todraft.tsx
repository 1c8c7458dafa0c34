import { useSignal } from "@preact/signals";
import { useKeys } from "../../parts/keys";
import { addRule, draft, drawer, editRule, moveRule, type Made } from "../../state/draft";
import { processors } from "../../state/yaml";
import * as play from "./state";
import { newAddr, newRule } from "./winner";

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
            { ref: newRule, addr: newAddr, ...rule },
            spot === null ? undefined : spot.before,
          );
    if (said.value === null) drawer.value = true;
  };
  const ref = spot !== null && "replace" in spot ? spot.replace : "";
  const moved = useSignal("");
  const move = async (by: -1 | 1): Promise<void> => {
    said.value = await moveRule(ref, by);
    const place = processors(draft.value?.text ?? "").findIndex((p) => p.ref === ref) + 1;
    moved.value = said.value === null ? `${ref} is asked as number ${place} in the draft.` : "";
  };
  const moves = [
    { keys: "Alt-ArrowUp", does: "move the rule up in the draft", run: () => void move(-1) },
    { keys: "Alt-ArrowDown", does: "move the rule down in the draft", run: () => void move(1) },
  ];
  useKeys(ref === "" ? [] : moves);
  return (
    <>
      <button type="button" disabled={unchanged} onClick={() => void write()}>
        Add to draft
      </button>
      {said.value === null ? null : <span role="alert">⚠ {said.value}</span>}
      <span role="status">
        <bdi>{moved.value}</bdi>
      </span>
    </>
  );
}
