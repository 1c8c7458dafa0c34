// Mutations these must catch: (1) an event handed on before its end, or twice; (2) an id that stays for the next event.
import { test } from "node:test";
import { deepEqual } from "node:assert/strict";
import { parser, type ServerEvent } from "./sse";

const text =
  ": watching\nid: a-0\n\n" +
  'event: sampled\ndata: {"leftOut":3}\n\n' +
  "id: a-7\nevent: decisions\ndata: [1,\ndata: 2]\n\n" +
  ": alive\n\n" +
  "data:no name\n\nevent: empty\n\n" +
  "id: a-8\ndata: unfinished\n";

const want: ServerEvent[] = [
  { event: "", data: "", id: "a-0" },
  { event: "sampled", data: '{"leftOut":3}', id: "" },
  { event: "decisions", data: "[1,\n2]", id: "a-7" },
  { event: "message", data: "no name", id: "" },
];

const read = (pieces: readonly string[]): ServerEvent[] => {
  const found: ServerEvent[] = [];
  const parse = parser((e) => found.push(e));
  for (const p of pieces) parse(p);
  return found;
};

for (const [name, end] of Object.entries({ LF: "\n", CR: "\r", CRLF: "\r\n" }))
  test(`events whose lines end with ${name}, cut anywhere`, () => {
    const whole = text.replaceAll("\n", end);
    deepEqual(read([...whole]), want, "one by one");
    for (let cut = 0; cut <= whole.length; cut++)
      deepEqual(read([whole.slice(0, cut), whole.slice(cut)]), want, `cut at ${cut}`);
  });
