import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../../parts/keys";
import { filters, filterText, parseFilter, type Filter } from "../../state/filter";

/** FilterBar is where a filter is typed; what is in force stands behind it as chips that can be taken away. */
export function FilterBar({ filter, change }: { filter: Filter; change: (filter: Filter) => void }) {
  const typed = useSignal(filterText(filter));
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => void (typed.value = filterText(filter)), [filter]);
  useKeys([{ keys: "f", does: "filter", run: () => field.current?.focus() }]);
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
        placeholder="user:1002 !method:OPTIONS code:INTERNAL"
        value={typed.value}
        onInput={(e) => (typed.value = e.currentTarget.value)}
        onBlur={() => { if (typed.value !== filterText(filter)) change(parseFilter(typed.value)); }}
      />
      <datalist id="filter-names">
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
