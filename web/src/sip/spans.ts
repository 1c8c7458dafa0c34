// Which characters of a SIP text a part of req stands in, and back.
import { Places } from "../rule/places";

/** A part of req and its characters in the SIP text, counted from 0 in code points, as the server gives it. */
export interface Span {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** A piece of the text that belongs to the same parts throughout; innermost first. Units are UTF-16. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly paths: readonly string[];
}

/** Spans finds parts of one SIP text by path and by place. Paths are written as rules do, without "req.". */
export class Spans {
  private readonly spans: readonly Span[]; // in units, the shortest first

  constructor(private readonly sip: string, spans: readonly Span[]) {
    const places = new Places(sip);
    this.spans = spans
      .map((s) => ({ path: s.path, from: places.units(s.from), to: places.units(s.to) }))
      .filter((s) => s.from < s.to)
      .sort((a, b) => a.to - a.from - (b.to - b.from));
  }

  /** at returns the parts that a character belongs to, the innermost first. */
  at(unit: number): string[] {
    return this.spans.filter((s) => s.from <= unit && unit < s.to).map((s) => s.path);
  }

  /** of returns where a part stands. One that has no place of its own stands where the parts below it do, or else the
   * nearest part around it. */
  of(path: string): Span[] {
    const wanted = plain(path);
    const own = this.spans.filter((s) => s.path === wanted);
    if (own.length > 0) return own;
    const below = this.spans.filter((s) => s.path.startsWith(wanted + ".") || s.path.startsWith(wanted + "["));
    if (below.length > 0) return below;
    const cut = Math.max(wanted.lastIndexOf("."), wanted.lastIndexOf("["));
    return cut > 0 && wanted.slice(0, cut) !== "message" ? this.of(wanted.slice(0, cut)) : [];
  }

  /** pieces cuts the text wherever a part begins or ends: together they are the text. */
  pieces(): Piece[] {
    const cuts = new Set([0, this.sip.length]);
    for (const s of this.spans) cuts.add(s.from).add(s.to);
    const sorted = [...cuts].sort((a, b) => a - b);
    return sorted.slice(0, -1).map((from, i) => ({ from, to: sorted[i + 1] ?? from, paths: this.at(from) }));
  }
}

/** plain writes a path of a rule as spans do: without "req.", optional chaining and quotes. */
export function plain(path: string): string {
  return path
    .replace(/^req\??\./, "")
    .replace(/\?\.\[/g, "[")
    .replaceAll("?.", ".")
    .replace(/\[["']([A-Za-z_$][\w$]*)["']\]/g, ".$1");
}
