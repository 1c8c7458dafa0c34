import type { Overlaps as Reply } from "../../api/api.gen";
import { OnlyHere } from "../../parts/onlyhere";
import { Empty, First, Refused } from "../../parts/panel";
import { count, share } from "../../parts/time";
import type { Loaded } from "../../state/load";
import { address } from "../../state/route";
import { Swap } from "./neighbours";

/** Overlaps lists pairs of rules that would have taken the same messages, the most frequent first. */
export function Overlaps({ loaded }: { loaded: Loaded<Reply> }) {
  const data = loaded.data.value;
  if (data === undefined) {
    return <First loaded={loaded} />;
  }
  const pairs = [...data.overlaps].sort((a, b) => b.count - a.count).slice(0, 200);
  if (pairs.length === 0) {
    return (
      <>
        <Refused loaded={loaded} />
        <Empty>
          No sampled message would have been taken by two rules. <OnlyHere />
        </Empty>
      </>
    );
  }
  return (
    <div>
      <Refused loaded={loaded} />
      <OnlyHere />
      <table class="overlaps">
        <thead>
          <tr>
            <th>took it</th>
            <th>would have taken it</th>
            <th class="number">messages</th>
            <th class="number">of sampled</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {pairs.map((p) => (
            <tr key={`${p.rule}-${p.over}`}>
              <td>
                {p.rule + 1}{" "}
                <a href={address("routes", [], { rule: p.ref })}>
                  <bdi>{p.ref}</bdi>
                </a>
              </td>
              <td>
                {p.over + 1}{" "}
                <a href={address("routes", [], { rule: p.overRef })}>
                  <bdi>{p.overRef}</bdi>
                </a>
              </td>
              <td class="number">{count(p.count)}</td>
              <td class="number">{share(p.count, p.of)}</td>
              <td>
                {p.example === null ? null : <a href={address("decision", [p.example])}>an example</a>}{" "}
                <Swap pair={p} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
