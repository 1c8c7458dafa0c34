import { useMemo } from "preact/hooks";
import { lines } from "../sip/headers";
import { Spans, plain, type Span } from "../sip/spans";

/** SipText shows SIP text, and lights up where a part of req stands. Nothing in it is ever markup. */
export function SipText({
  sip,
  spans,
  lit,
  point,
  read = nothing,
}: {
  sip: string;
  spans: readonly Span[];
  lit: string;
  point?: (path: string) => void;
  /** The parts that a rule reads are marked. */
  read?: ReadonlySet<string>;
}) {
  const found = useMemo(() => new Spans(sip, spans), [sip, spans]);
  const cut = useMemo(() => cutIntoLines(sip, found), [sip, found]);
  const own = lit === "" ? [] : found.of(lit);
  const isLit = (from: number, to: number): boolean => own.some((s) => s.from <= from && to <= s.to);
  const readOf = (paths: readonly string[]): string | undefined => paths.find((one) => read.has(one));
  return (
    <pre class="sip" aria-label="SIP text" tabIndex={0}>
      {cut.map((line, i) => (
        <span key={i} class={"line " + line.kind}>
          {line.pieces.map((p) => (
            <span
              key={p.from}
              class={
                (isLit(p.from, p.to) ? "lit " : "") +
                (readOf(p.paths) !== undefined ? "read " : "") +
                (p.paths.length > 0 ? "part" : "")
              }
              title={p.paths[0] === undefined ? undefined : "req." + p.paths[0]}
              onMouseEnter={
                p.paths[0] === undefined ? undefined : () => point?.(plain(readOf(p.paths) ?? p.paths[0] ?? ""))
              }
              onMouseLeave={() => point?.("")}
            >
              {sip.slice(p.from, p.to)}
            </span>
          ))}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

const nothing: ReadonlySet<string> = new Set();
const mostLines = 400;

function cutIntoLines(sip: string, spans: Spans) {
  const pieces = spans.pieces();
  let at = 0;
  return lines(sip)
    .slice(0, mostLines)
    .map((line) => {
      while (at > 0 && (pieces[at]?.from ?? 0) > line.from) at--;
      while (at < pieces.length && (pieces[at]?.to ?? 0) <= line.from) at++;
      const own = [];
      for (let i = at; i < pieces.length && (pieces[i]?.from ?? 0) < line.to; i++) {
        const p = pieces[i];
        if (p !== undefined)
          own.push({ from: Math.max(p.from, line.from), to: Math.min(p.to, line.to), paths: p.paths });
      }
      return { kind: line.kind, pieces: own };
    });
}
