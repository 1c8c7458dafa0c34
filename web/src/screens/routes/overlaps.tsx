import type { Overlap } from "../../api/rules";
import { Empty, Waiting } from "../../parts/panel";
import { ProblemView } from "../../parts/problem";
import { count, share } from "../../parts/time";
import type { Loaded } from "../../state/load";
import { address } from "../../state/route";
import type { RuleTable } from "../../state/ruletable";

/** Overlaps lists pairs of rules that would have taken the same messages, the most frequent first. */
export function Overlaps({ loaded, table }: { loaded: Loaded<{ overlaps: Overlap[] }>; table: RuleTable }) {
  const problem = loaded.problem.value;
  const data = loaded.data.value;
  if (data === undefined) {
    if (problem?.status === 404) {
      return (
        <Empty>
          This dispatcher doesn't sample overlaps yet. Whether rules overlap isn't known here; the Playground shows it
          for one message.
        </Empty>
      );
    }
    return problem === null ? (
      <Waiting path={loaded.path} />
    ) : (
      <ProblemView problem={problem} again={loaded.reload} />
    );
  }
  const pairs = [...data.overlaps].sort((a, b) => b.count - a.count).slice(0, 200);
  if (pairs.length === 0) return <Empty>No sampled message would have been taken by two rules.</Empty>;
  const name = (index: number): string => {
    for (let i = 0; i < table.total; i++) if (table.at(i)?.index === index) return table.at(i)?.ref ?? "";
    return `rule ${index + 1}`;
  };
  return (
    <div>
      <table>
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
                <a href={address("routes", [], { rule: name(p.rule) })}>
                  <bdi>{name(p.rule)}</bdi>
                </a>
              </td>
              <td>
                {p.over + 1}{" "}
                <a href={address("routes", [], { rule: name(p.over) })}>
                  <bdi>{name(p.over)}</bdi>
                </a>
              </td>
              <td class="number">{count(p.count)}</td>
              <td class="number">{share(p.count, p.of)}</td>
              <td>
                <a href={address("decision", [p.example])}>an example</a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
