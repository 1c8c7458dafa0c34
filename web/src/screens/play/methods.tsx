import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { enums } from "../../rule/req.gen";
import * as play from "./state";

const names = (enums["Method"] ?? []).map((m) => m.name).filter((name) => name !== "UNKNOWN");

/** Methods says which methods the rule is asked about, and changes that. */
export function Methods() {
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const chosen = play.methods.value;
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open.value) return;
    event.preventDefault();
    close();
  };
  const toggle = (name: string): void => {
    play.methods.value = chosen.includes(name) ? chosen.filter((m) => m !== name) : [...chosen, name];
  };
  const said =
    chosen.length === 0
      ? "all methods"
      : chosen.length > 3
        ? chosen.slice(0, 2).join(" ") + " +" + (chosen.length - 2)
        : chosen.join(" ");
  return (
    <span class="methods" onKeyDown={pressed}>
      <button
        ref={button}
        type="button"
        class="quiet"
        aria-expanded={open.value}
        title={chosen.join(" ")}
        onClick={() => (open.value = !open.value)}
      >
        {said} ▾
      </button>
      {open.value ? (
        <fieldset>
          <legend>The rule takes</legend>
          {names.map((name) => (
            <label key={name} class="check">
              <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} /> {name}
            </label>
          ))}
          <button type="button" onClick={close}>
            Done
          </button>
        </fieldset>
      ) : null}
    </span>
  );
}
