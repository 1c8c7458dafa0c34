import { useSignal, type Signal } from "@preact/signals";
import { Copy } from "../../parts/copy";
import { lazy } from "../../parts/lazy";
import { count } from "../../parts/time";
import { tray } from "./tray";
import { yaml } from "./ruleyaml";
import { ToDraft } from "./todraft";
import * as play from "./state";

const Saving = lazy(async () => (await import("./saving")).Saving);
const Sharing = lazy(async () => (await import("./sharing")).Sharing);

/** Actions take the rule and the message elsewhere. */
export function Actions({ saving }: { saving: Signal<boolean> }) {
  const sharing = useSignal(false);
  const edited = play.source.value !== play.original.value;
  return (
    <div class="row actions" role="group" aria-label="What to do with it">
      <button type="button" onClick={() => (saving.value = true)}>
        Save as test{tray.value.length > 0 ? " (" + count(tray.value.length) + ")" : ""}
      </button>
      <button type="button" onClick={() => (sharing.value = true)}>
        Share…
      </button>
      <Copy label="Copy as YAML" text={yaml} />
      <ToDraft />
      {edited ? (
        <button type="button" onClick={() => (play.source.value = play.original.value)}>
          Back to what runs
        </button>
      ) : null}
      {saving.value ? <Saving close={() => (saving.value = false)} /> : null}
      {sharing.value ? <Sharing close={() => (sharing.value = false)} /> : null}
    </div>
  );
}
