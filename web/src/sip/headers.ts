// The parts of SIP text, for showing it. The server reads SIP; this only finds where things stand.

/** What a line of SIP text is. A folded line belongs to the header above it. */
export type Kind = "start" | "header" | "folded" | "blank" | "body";

/** A line of SIP text, in UTF-16 units; its line break isn't part of it. */
export interface Line {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
  /** Of a header: its name as written, and where its value begins. */
  readonly name?: string;
  readonly value?: number;
}

/** lines splits SIP text. Behind the first empty line everything is body. */
export function lines(sip: string): Line[] {
  const found: Line[] = [];
  let body = false;
  for (let from = 0; from <= sip.length; ) {
    const lf = sip.indexOf("\n", from);
    const end = lf < 0 ? sip.length : lf;
    const to = lf > from && sip[lf - 1] === "\r" ? lf - 1 : end;
    if (lf < 0 && from === end && found.length > 0) break; // nothing stands behind the last line break
    found.push(body ? { kind: "body", from, to } : head(sip, from, to, found.length === 0));
    body ||= found.length > 1 && from === to;
    from = end + 1;
  }
  return found;
}

function head(sip: string, from: number, to: number, first: boolean): Line {
  if (first) return { kind: "start", from, to };
  if (from === to) return { kind: "blank", from, to };
  if (sip[from] === " " || sip[from] === "\t") return { kind: "folded", from, to };
  const colon = sip.indexOf(":", from);
  if (colon < 0 || colon >= to) return { kind: "header", from, to };
  let value = colon + 1;
  while (value < to && (sip[value] === " " || sip[value] === "\t")) value++;
  return { kind: "header", from, to, name: sip.slice(from, colon).trimEnd(), value };
}

/** header returns the first value of a header by its long name, whatever its case; undefined where there is none. */
export function header(sip: string, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const line = lines(sip).find((l) => l.name?.toLowerCase() === wanted);
  return line === undefined ? undefined : sip.slice(line.value, line.to);
}
