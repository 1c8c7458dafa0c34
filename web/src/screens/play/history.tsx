import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { now } from "../../api/clock";
import { Dialog } from "../../parts/dialog";
import { Empty } from "../../parts/panel";
import { history, remember } from "../../state/history";
import * as play from "./state";

const worth = 3000; // ms that a rule must have given a verdict for

/** History opens what was tried in this browser before. Rules alone are kept, no messages. */
export function History() {
  const open = useSignal(false);
  useEffect(() => {
    const v = play.verdict.value;
    if (v === null || v.source === play.original.value) return;
    const timer = setTimeout(() => remember({ source: v.source, methods: play.methods.value, at: now() }), worth);
    return () => clearTimeout(timer);
  }, [play.verdict.value?.source]);
  return (
    <>
      <button type="button" class="quiet" onClick={() => (open.value = true)}>
        History
      </button>
      {open.value ? (
        <Dialog title="Rules that were tried here" onClose={() => (open.value = false)}>
          {history.value.length === 0 ? (
            <Empty>A rule is kept once it has given a verdict for 3 seconds.</Empty>
          ) : null}
          <ul class="choices">
            {history.value.map((t) => (
              <li key={t.source}>
                <button
                  type="button"
                  class="quiet"
                  onClick={() => {
                    play.source.value = t.source;
                    open.value = false;
                  }}
                >
                  <code>{t.source.length > 200 ? t.source.slice(0, 200) + "…" : t.source}</code>
                </button>
              </li>
            ))}
          </ul>
        </Dialog>
      ) : null}
    </>
  );
}
