import { useMemo } from "preact/hooks";
import { hunks } from "../state/patch";

const mostLines = 2000;

/** Difference shows where two texts differ, line by line, with a few lines around. */
export function Difference({ old, now, label }: { old: string; now: string; label: string }) {
  const found = useMemo(() => hunks(old, now), [old, now]);
  if (found.length === 0) return <p class="muted">They are the same.</p>;
  let left = mostLines;
  return (
    <div class="difference" role="group" aria-label={label}>
      {found.map((h) => {
        const lines = h.lines.slice(0, Math.max(0, left));
        left -= lines.length;
        return lines.length === 0 ? null : (
          <pre key={h.newFrom} class="hunk">
            <span class="where">from line {h.newFrom}{"\n"}</span>
            {lines.map((line, i) => (
              <span key={i} class={line.startsWith("+") ? "plus" : line.startsWith("-") ? "minus" : "same"}>
                {(line.startsWith("-") ? "−" : line.charAt(0)) + " " + line.slice(1).replace(/\r?\n$/, "")}{"\n"}
              </span>
            ))}
          </pre>
        );
      })}
      {left <= 0 ? <p class="muted">The rest is left out here; the patch has all of it.</p> : null}
    </div>
  );
}
