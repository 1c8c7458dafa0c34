// Places in texts. The server counts code points, and lines from 1; editors and JavaScript count UTF-16 units.

/** A place as the server names it: lines and columns from 1, columns in code points. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Places converts between the two ways of counting in one text. It is made once for many conversions. */
export class Places {
  private readonly lines: number[] = [0]; // the unit at which each line begins
  private readonly plain: boolean; // no code point has two units

  constructor(private readonly text: string) {
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) {
      this.lines.push(i + 1);
    }
    this.plain = !/[\ud800-\udbff][\udc00-\udfff]/.test(text);
  }

  /** units returns the UTF-16 index of the code point with this number, counted from 0; at most the text's length. */
  units(point: number): number {
    return this.forward(0, point, this.text.length);
  }

  /** points returns how many code points stand before this UTF-16 index. One in a pair's middle counts as before it. */
  points(unit: number): number {
    return this.between(0, clamp(unit, this.text.length));
  }

  /** offset returns the UTF-16 index of a place. A place behind a line's end is the line's end; line 0 is the first. */
  offset(place: Place): number {
    const line = clamp(place.line - 1, this.lines.length - 1);
    const begin = this.lines[line] ?? 0;
    return this.forward(begin, Math.max(0, place.column - 1), this.lineEnd(line));
  }

  /** place returns the place of a UTF-16 index. */
  place(unit: number): Place {
    const at = clamp(unit, this.text.length);
    let low = 0;
    for (let high = this.lines.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if ((this.lines[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: this.between(this.lines[low] ?? 0, at) + 1 };
  }

  // lineEnd is where a line's LF or CRLF begins.
  private lineEnd(line: number): number {
    const next = this.lines[line + 1];
    if (next === undefined) return this.text.length;
    return this.text[next - 2] === "\r" && next - 2 >= (this.lines[line] ?? 0) ? next - 2 : next - 1;
  }

  private forward(begin: number, points: number, end: number): number {
    if (this.plain) return Math.min(begin + Math.max(0, points), end);
    let unit = begin;
    for (let n = points; n > 0 && unit < end; n--) unit += width(this.text, unit);
    return Math.min(unit, end);
  }

  private between(begin: number, end: number): number {
    if (this.plain) return end - begin;
    let points = 0;
    for (let unit = begin; unit < end; points++) {
      unit += width(this.text, unit);
      if (unit > end) break; // the middle of a pair
    }
    return points;
  }
}

function clamp(n: number, most: number): number {
  return Math.max(0, Math.min(n, most));
}

function width(text: string, unit: number): number {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}
