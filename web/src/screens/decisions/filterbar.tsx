import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useKeys, visit } from "../../parts/keys";
import { filters, filterText, parseFilter, ruleOf, type Filter } from "../../state/filter";
import { route } from "../../state/route";

const afterKey = 300; // milliseconds: a typist's pause

/** FilterBar is where a filter is typed; what is in force stands behind it as chips that can be taken away. */
export function FilterBar({ filter, change }: { filter: Filter; change: (filter: Filter) => void }) {
  const typed = useSignal(filterText(filter));
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (filterText(parseFilter(typed.value)) !== filterText(filter)) typed.value = filterText(filter);
  }, [filter]);
  useEffect(() => {
    const to = parseFilter(typed.value);
    if (ruleOf(to) === undefined || filterText(to) === filterText(filter)) return;
    const timer = setTimeout(() => change(to), afterKey); // a rule is tried as it is typed
    return () => clearTimeout(timer);
  }, [typed.value]);
  useKeys([{ keys: "f", does: "filter", run: () => visit(field.current) }]);
  const failed = filter["failed"] !== undefined;
  return (
    <form class="filter" onSubmit={(e) => { e.preventDefault(); change(parseFilter(typed.value)); }}>
      <input
        ref={field}
        type="text"
        aria-label="Filter"
        list="filter-names"
        autocomplete="off"
        spellcheck={false}
        placeholder="user:1002 !method:OPTIONS code:INTERNAL rule: req => …"
        value={typed.value}
        onInput={(e) => (typed.value = e.currentTarget.value)}
        onBlur={() => {
          if (route.value.screen !== "decisions") return; // one has left, and doesn't come back for what was typed
          if (typed.value !== filterText(filter)) change(parseFilter(typed.value));
        }}
      />
      <datalist id="filter-names">
        <option value="rule: req => ">a rule, tried on the messages that are kept</option>
        {Object.entries(filters).map(([name, f]) => <option key={name} value={name + ":"}>{f.says}</option>)}
      </datalist>
      <button
        type="button"
        aria-pressed={failed}
        onClick={() => {
          const { failed: _, ...rest } = filter;
          change(failed ? rest : { ...filter, failed: ["1"] });
        }}
      >
        failed only
      </button>
    </form>
  );
}
