import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { CallOptions } from "../api/call";
import { curl } from "../api/curl";

/**
 * Copy copies a text. Plain http to another machine is no secure context and has no clipboard: there the text is shown
 * selected, for Ctrl-C.
 */
export function Copy({ text, label, title }: { text: () => string; label: string; title?: string }) {
  const done = useSignal("");
  const shown = useSignal<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  const copy = async (): Promise<void> => {
    const t = text();
    if (window.isSecureContext) {
      try {
        await navigator.clipboard.writeText(t);
        done.value = "copied";
        setTimeout(() => (done.value = ""), 2000);
        return;
      } catch {
        // the browser doesn't allow it: by hand then
      }
    }
    shown.value = t;
    requestAnimationFrame(() => field.current?.select());
  };
  const close = (): void => {
    shown.value = null;
    button.current?.focus();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  };
  return (
    <span class="copy">
      <button ref={button} type="button" class="quiet" title={title} onClick={() => void copy()}>
        {done.value === "" ? label : "Copied"}
      </button>
      {shown.value === null ? null : (
        <span class="by-hand" onKeyDown={pressed}>
          <textarea ref={field} readOnly rows={4} aria-label={label + ": press Ctrl-C"} value={shown.value} />
          <button type="button" class="quiet" onClick={close}>
            Close
          </button>
        </span>
      )}
      <span class="unseen" role="status">
        {done.value}
      </span>
    </span>
  );
}

/** CopyCurl copies the very call that filled a panel, with the token named and not written. */
export function CopyCurl({ path, options }: { path: string; options?: CallOptions }) {
  return <Copy label="curl" title="Copy as a curl command" text={() => curl(path, options)} />;
}
