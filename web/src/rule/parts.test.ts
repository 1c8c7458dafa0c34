// Mutations these must catch: (1) a skipped operand's read shows the message's value; (2) a masked value shows.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { parts } from "./parts";

const source = '"😀" !== req.ref && req.message.from.address.uri.host.endsWith("x") && req.method === "BYE"';
const place = (offset: number) => ({ line: 1, column: [...source.slice(0, offset)].length + 1, offset });
const operand = (text: string, op: string, rest: object) => {
  const from = source.indexOf(text);
  const places = { from: place(from), to: place(from + text.length) };
  return { ...places, text, op, parent: -1, times: 1, evaluated: true, truthy: true, ...rest };
};
const message = { ref: "r", method: "INVITE", message: { from: { address: { uri: { host: "a.x" } } } } };

test("parts have values, places in UTF-16 and what they read", () => {
  const found = parts(
    source,
    [
      operand(source, "&&", { value: "false", truthy: false }),
      operand('"😀" !== req.ref', "!==", { value: "true" }),
      operand('req.message.from.address.uri.host.endsWith("x")', "call", { value: "true" }),
      operand('req.method === "BYE"', "===", { evaluated: false, times: 0 }),
    ],
    message,
  );
  deepEqual(
    found.map((p) => [p.text === source ? "whole" : p.text, p.state, p.value, p.condition, p.path]),
    [
      ["whole", "false", "false", false, ""],
      ['"😀" !== req.ref', "true", "true", true, ""],
      ["req.ref", "true", '"r"', false, "ref"],
      ['req.message.from.address.uri.host.endsWith("x")', "true", "true", true, ""],
      ["req.message.from.address.uri.host", "true", '"a.x"', false, "message.from.address.uri.host"],
      ['req.method === "BYE"', "skipped", "", true, ""],
      ["req.method", "skipped", "", false, "method"],
    ],
  );
});

test("what is masked isn't shown", () => {
  const found = parts(source, [operand("req.ref", "path", { value: '"r"', masked: true })], message);
  equal(found.find((p) => p.path === "ref")?.value, "***");
});
