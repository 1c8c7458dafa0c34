import { Mark } from "../../parts/glyph";
import { Rows, type Row } from "../../parts/rows";
import { count, span } from "../../parts/time";
import { Clock } from "../../parts/when";
import { Who } from "../../parts/who";
import type { Call } from "../../sip/calls";
import { brief } from "../../sip/entry";
import { address, go } from "../../state/route";

interface CallRowsProps {
  label: string;
  list: readonly Call[];
  /** A Call-ID; empty for none. */
  chosen: string;
  choose: (callId: string) => void;
  /** Calls that are to be shown together. */
  picked?: readonly string[];
  /** Opens a call; without it, its ladder. */
  open?: (callId: string) => void;
  /** As of Rows. */
  close?: (() => void) | undefined;
  scrolled?: (first: number) => void;
  top?: number;
}

const head = () => [
  "time", "from", "to", "method", "state", "why", <span class="right">messages</span>, <span class="right">took</span>,
];

/** CallRows is a list of calls; Enter opens a call's ladder. */
export function CallRows({ label, list, chosen, choose, picked = [], open, ...rest }: CallRowsProps) {
  return (
    <Rows
      class="calls"
      label={label}
      head={head()}
      count={list.length}
      selected={list.findIndex((c) => c.callId === chosen)}
      select={(i) => choose(list[i]?.callId ?? "")}
      open={(i) => (open ?? ((id: string) => go(address("call", [id]))))(list[i]?.callId ?? "")}
      row={(i) => row(list[i], i, picked)}
      {...rest}
    />
  );
}

function row(call: Call | undefined, index: number, picked: readonly string[]): Row {
  if (call === undefined) return { key: index, cells: [] };
  const lasted = Date.parse(call.last) - Date.parse(call.first);
  return {
    key: call.callId,
    kind: call.fate,
    cells: [
      <>
        {picked.includes(call.callId) ? <strong>✓<span class="unseen">picked</span> </strong> : null}
        <Clock time={call.first} />
      </>,
      <Who of={call.from} />,
      <Who of={call.to} />,
      <bdi>{call.method}</bdi>,
      <Mark of={call.fate}>{" " + call.state}</Mark>,
      <bdi title={call.why}>{brief(call.why)}</bdi>,
      <span class="right">
        {count(call.messages)}
        {call.failed > 0 ? `, ${count(call.failed)} ✕` : ""}
      </span>,
      <span class="right">{call.messages > 1 ? (lasted < 1000 ? `${lasted}\u202fms` : span(lasted)) : ""}</span>,
    ],
  };
}
