import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { useKeys, visit } from "../../parts/keys";
import { focusScreen } from "../../state/focus";
import { address, go } from "../../state/route";
import { meanings } from "./meanings";

/** Search is the one field that finds everything: each way that a text may be meant is a line, the likeliest first. */
export function Search() {
  const text = useSignal("");
  const chosen = useSignal(0);
  const inField = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "search", run: () => visit(field.current) }]);
  const found = inField.value ? meanings(text.value) : []; // a list doesn't lie over what has the focus
  const open = (i: number): void => {
    const hit = found[i];
    if (hit === undefined) return;
    if (hit.pasted !== undefined) sessionStorage.setItem("dispatcher.pasted", hit.pasted);
    go(address(hit.screen, hit.args, hit.query));
    text.value = "";
    focusScreen();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Enter") open(chosen.value);
    else if (event.key === "ArrowDown") chosen.value = Math.min(found.length - 1, chosen.value + 1);
    else if (event.key === "ArrowUp") chosen.value = Math.max(0, chosen.value - 1);
    else if (event.key === "Escape") text.value = "";
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="search" role="search">
      <input
        ref={field}
        type="text"
        role="combobox"
        enterkeyhint="search"
        aria-label="Search"
        aria-expanded={found.length > 0}
        aria-controls="found"
        aria-activedescendant={found.length > 0 ? "found-" + chosen.value : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder="/ Call-ID, number, rule, id"
        value={text.value}
        onKeyDown={pressed}
        onFocus={() => (inField.value = true)}
        onBlur={() => (inField.value = false)}
        onInput={(e) => {
          text.value = e.currentTarget.value;
          chosen.value = 0;
        }}
        onPaste={(e) => {
          const pasted = e.clipboardData?.getData("text") ?? "";
          if (!pasted.includes("\n")) return; // a field of one line would lose the line ends
          e.preventDefault();
          text.value = pasted;
          chosen.value = 0;
        }}
      />
      <ul id="found" role="listbox" aria-label="Found" hidden={found.length === 0}>
        {found.map((hit, i) => (
          <li
            key={hit.says}
            id={"found-" + i}
            role="option"
            aria-selected={i === chosen.value}
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => open(i)}
          >
            {hit.says}
          </li>
        ))}
      </ul>
    </div>
  );
}
