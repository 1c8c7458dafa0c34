/** ServerEvent is one event of a stream, as WHATWG HTML, section 9.2.6, has it. */
export interface ServerEvent {
  event: string;
  data: string;
  /** The id that a later connection resumes after; empty where this event has none of its own. */
  id: string;
}

/**
 * parser reads a stream of events that comes in pieces cut anywhere, and hands each event on when it is whole. An id
 * without data is an event without a name. The pieces are text: who decodes UTF-8 keeps halves of characters back.
 */
export function parser(take: (event: ServerEvent) => void): (piece: string) => void {
  let rest = "";
  let skipLF = false;
  let event = "";
  let data: string[] = [];
  let id = "";

  const field = (line: string): void => {
    if (line === "") {
      if (data.length > 0) take({ event: event === "" ? "message" : event, data: data.join("\n"), id });
      else if (id !== "") take({ event: "", data: "", id });
      event = id = "";
      data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment, which keeps the connection alive
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
  };

  return (piece) => {
    let text = rest + piece;
    if (skipLF && text.startsWith("\n")) text = text.slice(1);
    if (text !== "") skipLF = false;
    for (;;) {
      const end = /\r\n?|\n/.exec(text);
      if (end === null) break;
      const after = end.index + end[0].length;
      field(text.slice(0, end.index));
      skipLF = end[0] === "\r" && after === text.length; // the LF of this end may be in the next piece
      text = text.slice(after);
    }
    rest = text;
  };
}
