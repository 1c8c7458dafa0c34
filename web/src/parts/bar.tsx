import { useLayoutEffect, useRef } from "preact/hooks";
import { glyph, type Outcome } from "./glyph";
import { count } from "./time";

const words: Record<Outcome, string> = {
  match: "true",
  "no-match": "false",
  error: "threw",
  "not-tried": "not asked",
};

/** Bar shows how a whole is made of outcomes; the numbers stand beside it with their signs. */
export function Bar({
  parts,
  said = words,
  worded = false,
}: {
  parts: readonly (readonly [Outcome, number])[];
  said?: Record<Outcome, string>;
  /** Whether the words are seen; they are heard anyway. */
  worded?: boolean;
}) {
  const here = parts.filter(([, n]) => n > 0);
  return (
    <span class="bars">
      <span class="stack" aria-hidden="true">
        {here.map(([of, n]) => (
          <Piece key={of} of={of} weight={n} />
        ))}
      </span>
      <span class="numbers">
        {here.map(([of, n]) => (
          <span key={of} class={"mark " + of}>
            <span aria-hidden="true">{glyph(of)}</span> {count(n)}{" "}
            <span class={worded ? undefined : "unseen"}>{said[of]}</span>
          </span>
        ))}
      </span>
    </span>
  );
}

/** Portion is how much of a whole something is, drawn; the number stands beside it. */
export function Portion({ part, whole }: { part: number; whole: number }) {
  return (
    <span class="portion" aria-hidden="true">
      <Piece of="part" weight={part} />
      <Piece of="rest" weight={whole - part} />
    </span>
  );
}

/** Piece sets its width by script: a style attribute is refused by the console's policy. */
function Piece({ of, weight }: { of: Outcome | "part" | "rest"; weight: number }) {
  const element = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => element.current?.style.setProperty("flex-grow", String(weight)), [weight]);
  return <span ref={element} class={"piece " + of} />;
}
