import type { Explanation } from "../../api/api.gen";
import { count, many } from "../../parts/time";

const others = {
  match: "would match",
  "no-match": "don't match",
  error: "fail",
  methods: "take other methods",
  "not-tried": "weren't asked",
};

/** Others counts the rules that the answer doesn't tell of. */
export function Others({ answer }: { answer: Explanation }) {
  const counts = answer.counts ?? {};
  const said = Object.entries(others).flatMap(([name, words]) => {
    const n = counts[name as keyof typeof others] ?? 0;
    return n > 0 ? [count(n) + " " + words] : [];
  });
  const left = answer.leftOut?.rules ?? 0;
  return said.length + left === 0 ? null : (
    <p class="muted small">
      {said.length === 0 ? "" : "Of the other rules " + said.join(", ") + "."}{" "}
      {left > 0 ? many(left, "rule") + " left out: the answer has no room." : ""}
    </p>
  );
}
