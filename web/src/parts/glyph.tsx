import type { ComponentChildren } from "preact";

/** Outcome is what came of a rule, a part of one, or a message. Colour never says it alone. */
export type Outcome = "match" | "no-match" | "error" | "not-tried";

const glyphs: Record<Outcome, string> = { match: "●", "no-match": "○", error: "✕", "not-tried": "┄" };

/** glyph returns the sign of an outcome. */
export const glyph = (outcome: Outcome): string => glyphs[outcome];

/** Mark is an outcome in its colour with its sign, and a word beside it where there are children. */
export function Mark({ of, children }: { of: Outcome; children?: ComponentChildren }) {
  return (
    <span class={"mark " + of}>
      <span aria-hidden="true">{glyphs[of]}</span>
      {children === undefined ? null : <span>{children}</span>}
    </span>
  );
}
