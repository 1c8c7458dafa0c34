import { useSignal } from "@preact/signals";
import type { Filter } from "../../state/filter";
import { WatchDrawer } from "../watches/drawer";

/** WatchButton opens the drawer in which a watch is set, with the filter as it stands. */
export function WatchButton({ filter, main = false }: { filter: Filter; main?: boolean }) {
  const open = useSignal(false);
  const who = filter["user"]?.[0];
  return (
    <>
      <button type="button" class={main ? "main" : undefined} onClick={() => (open.value = true)}>
        Watch {who === undefined ? "…" : <bdi>{who}</bdi>}
      </button>
      {open.value ? <WatchDrawer filter={filter} close={() => (open.value = false)} /> : null}
    </>
  );
}
