import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { active, focusScreen } from "../state/focus";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** A drawer stands at the right edge. */
  drawer?: boolean;
  /** Whether Esc and the close button are there; sign-in has neither. */
  closable?: boolean;
}

/** Dialog is a modal dialog: focus stays in it, Esc closes it, and focus goes back to where it was. */
export function Dialog({ title, onClose, children, drawer = false, closable = true }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    // at once: a key that follows is the dialog's already
    const before = active();
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); // what stands behind an open one takes no focus
      if (before === undefined) return;
      if (before.isConnected) before.focus();
      else focusScreen(); // it went with what was done here
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={drawer ? "drawer" : "box"}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        if (closable) onClose();
      }}
      onClose={() => {
        if (element.current === null) return; // it went, and closed for that
        if (closable) onClose();
        else element.current.showModal(); // browsers close on a second Esc
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !closable) event.preventDefault();
      }}
    >
      <header>
        <h2>{title}</h2>
        {closable ? (
          <button type="button" class="quiet" aria-label={"Close: " + title} onClick={onClose}>
            ✕
          </button>
        ) : null}
      </header>
      <div class="content">{children}</div>
    </dialog>
  );
}
