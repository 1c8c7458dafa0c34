import { useSignal } from "@preact/signals";
import { Copy } from "../../parts/copy";
import { checked } from "../../state/checked";
import { discard, draft } from "../../state/draft";
import { patch } from "../../state/patch";
import { download } from "../download";
import { ReloadDialog } from "./reload";

/** Out is how a draft leaves: as a patch, as a file, as a line for CI. The console doesn't write the file. */
export function Out({ source, running }: { source: string; running: string }) {
  const reloading = useSignal(false);
  const d = draft.value;
  const c = checked.value;
  const hash = d !== null && c !== null && c.text === d.text && c.valid ? c.hash : undefined;
  const name = source.split("/").at(-1) || "dispatcher.yaml";
  return (
    <>
      <p class="actions out">
        {d === null ? null : (
          <>
            <Copy
              label="Copy the patch"
              title="For git apply"
              text={() => patch(name, d.base.text, d.text)}
            />
            <button type="button" class="quiet" onClick={() => download(name, d.text)}>
              Download
            </button>
            <Copy label="Copy the line for CI" text={() => `dispatcher impact --config ${name} --fail-on-change`} />
            <button type="button" class="quiet" onClick={discard}>
              Discard the draft
            </button>
          </>
        )}
        <button type="button" onClick={() => (reloading.value = true)}>
          Read the file again…
        </button>
      </p>
      {reloading.value ? (
        <ReloadDialog source={source} running={running} drafted={hash} close={() => (reloading.value = false)} />
      ) : null}
    </>
  );
}
