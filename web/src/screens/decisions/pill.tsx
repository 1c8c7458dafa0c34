import { count } from "../../parts/time";

/** Pill says how many came since a list is held, and leads to them. */
export function Pill({ newer, go }: { newer: number; go: () => void }) {
  if (newer <= 0) return null;
  return (
    <button type="button" class="pill" onClick={go}>
      {count(newer)} newer <kbd>.</kbd>
    </button>
  );
}
