import type { ComponentChildren } from "preact";
import type { Entry } from "../api/entry";
import { because, brief, fate, heard, responseName, ruleError, title } from "../sip/entry";
import type { Hop, Ladder, Line, Party } from "../sip/ladder";
import { Mark } from "./glyph";
import { Rows } from "./rows";
import { span, took } from "./time";

interface LadderProps {
  ladder: Ladder;
  /** The id of the message that is looked at; empty for none. */
  selected: string;
  select: (entry: Entry) => void;
  /** Which rule is nearest to messages that none takes, by their titles. */
  near?: ReadonlyMap<string, string>;
  open?: (entry: Entry) => void;
}

const narrow = 760; // pixels up to which all EdgePorts share a column, as in the style sheet

/** LadderView draws a call: each message is a line from the EdgePort through the dispatcher to who was called. */
export function LadderView({ ladder, selected, select, near, open }: LadderProps) {
  const { lines, parties } = ladder;
  const at = lines.findIndex((l) => l.entry?.id === selected);
  const entryAt = (index: number): Entry | undefined => lines[index]?.entry ?? lines[index + 1]?.entry;
  const hops = parties.map(() => "minmax(5rem, 9rem)").join(" ");
  const ports = innerWidth <= narrow || ladder.edgePorts.length < 2 ? [""] : ladder.edgePorts;
  const wide = ports.length > 1 ? "minmax(5rem, 11rem)" : "minmax(6rem, 13rem)";
  return (
    <Rows
      class="ladder"
      label="Messages of the call, the first one on top"
      columns={`4.5rem ${ports.map(() => wide).join(" ")} minmax(8rem, 1fr) ${hops} minmax(6rem, 13.25rem)`}
      head={[
        <span class="right">after</span>,
        ...ports.map((port) =>
          port === "" ? (
            <span title={ladder.edgePorts.join(", ")}>EdgePort{ladder.edgePorts.length > 1 ? "s" : ""}</span>
          ) : (
            <span title={"EdgePort " + port}><bdi>{port}</bdi></span>
          ),
        ),
        "dispatcher",
        ...parties.map((p) => <span title={`${p.role} ${p.ref} at ${p.addr}`}><bdi>{p.ref}</bdi> {port(p.addr)}</span>),
        "heard",
      ]}
      count={lines.length}
      fit
      selected={at}
      select={(i) => {
        const e = i < at ? (lines[i]?.entry ?? lines[i - 1]?.entry) : entryAt(i);
        if (e !== undefined) select(e);
      }}
      open={(i) => {
        const e = entryAt(i);
        if (e !== undefined) open?.(e);
      }}
      row={(i) => row(lines[i], i, parties, ports, near, sameAbove(lines, i))}
    />
  );
}

const port = (addr: string): string => /:\d+$/.exec(addr)?.[0] ?? addr;

function row(
  line: Line | undefined,
  index: number,
  parties: readonly Party[],
  ports: readonly string[],
  near: LadderProps["near"],
  same: boolean,
) {
  if (line === undefined) return { key: index, cells: [] };
  if (line.entry === undefined) {
    const as = line.resembles === "" ? "" : ` · as long as ${line.resembles}`;
    return { key: index, cells: [], kind: "gap", across: `┄ ${span(line.pause)} without a message${as} ┄` };
  }
  const e = line.entry;
  return {
    key: e.id,
    kind: fate(e),
    cells: [
      <span class="right">+{(line.offset / 1000).toFixed(3)}</span>,
      ...ports.map((port) =>
        port !== "" && port !== e.edgePort ? (
          <span class="line" aria-hidden="true" />
        ) : (
          <span class={"arrow to in" + (line.repeats === "" ? "" : " again")}>
            <bdi>{title(e)}</bdi>
          </span>
        ),
      ),
      <span class="at">
        <Mark of={fate(e)} />
        <bdi class="long" title={decided(e)}>{line.repeats || (same ? "same" : brief(decided(e)))}</bdi>
        <bdi class="short">{line.repeats === "" ? briefly(e) : "sent again"}</bdi>
        {fate(e) === "no-match" && near?.get(title(e)) ? (
          <bdi class="long muted" title={near.get(title(e))}>{near.get(title(e))}</bdi>
        ) : null}
      </span>,
      ...parties.map((_, party) => <HopCell hop={line.hops.find((h) => h.party === party)} />),
      <span class={fate(e) === "match" ? "muted" : "lost"} title={heard(e)}>
        {heard(e) === "" ? back(e) : heard(e)}
      </span>,
    ],
  };
}

/** sameAbove says whether a rule failed on the message above that failed, too, and in the same way. */
function sameAbove(lines: readonly Line[], at: number): boolean {
  const e = lines[at]?.entry;
  if (e === undefined || ruleError(e.error) === undefined) return false;
  const above = lines.slice(0, at).findLast((l) => l.entry !== undefined && fate(l.entry) === "error");
  return above?.entry?.error === e.error;
}

function decided(e: Entry): string {
  if (fate(e) !== "match" || e.processor === "") return because(e);
  return e.rule === undefined || e.rule === null ? e.processor : `rule ${e.rule + 1} ${e.processor}`;
}

/** briefly is decided where there is little room. */
function briefly(e: Entry): string {
  if (fate(e) === "match") return decided(e);
  const threw = ruleError(e.error);
  return threw !== undefined ? `rule ${threw.ref} failed` : fate(e) === "no-match" ? "nobody takes it" : e.code;
}

/** back says what came back of a message that went through. */
function back(e: Entry): string {
  if (e.answer === undefined || e.answer === "") return "";
  return e.answer === "message" ? "sent on" : responseName(e.answer);
}

function HopCell({ hop }: { hop: Hop | undefined }): ComponentChildren {
  if (hop === undefined) return <span class="line" aria-hidden="true" />;
  const ok = hop.code === "OK";
  const says = `${hop.code}${hop.attempts > 1 ? `, ${hop.attempts} attempts` : ""}${hop.skipped ? ", skipped" : ""}`;
  return (
    <span class="arrow to hop" title={says}>
      {took(hop.durationNs)} <Mark of={ok ? "match" : hop.skipped ? "no-match" : "error"} />
      <span class="unseen">{says}</span>
    </span>
  );
}
