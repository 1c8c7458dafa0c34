import type { Traffic } from "../rule/parts";
import { Bar } from "./bar";
import { many } from "./time";

/** Seen is what recorded messages gave for a part of a rule: how often it was true, and its values when opened. */
export function Seen({ traffic }: { traffic: Traffic }) {
  return (
    <details class="seen">
      <summary>
        <Bar
          parts={[
            ["match", traffic.true],
            ["no-match", traffic.false],
            ["error", traffic.errors],
            ["not-tried", traffic.skipped],
          ]}
        />
      </summary>
      {traffic.masked ? (
        <p class="small muted">The values derive from what may be a credential, and are hidden.</p>
      ) : (
        <ul>
          {traffic.values.map((v) => (
            <li key={v.value}>
              <span class="number">{v.count}</span>{" "}
              <code>
                <bdi>{v.value}</bdi>
              </code>
            </li>
          ))}
          {traffic.otherValues > 0 ? (
            <li class="muted">{many(traffic.otherValues, "message")} with other values</li>
          ) : null}
        </ul>
      )}
    </details>
  );
}
