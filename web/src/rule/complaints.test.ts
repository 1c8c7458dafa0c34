// Mutations these must catch: (1) ?. put before the name; (2) a string's quotes lost by "did you mean".
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { failure, warnings } from "./complaints";

const mended = (source: string, column: number, message: string): string | undefined => {
  const mend = warnings(source, [{ line: 1, column, message }])[0]?.mend;
  return mend === undefined ? undefined : source.slice(0, mend.from) + mend.insert + source.slice(mend.to);
};

test("mends that are mechanical", () => {
  equal(mended("req => req && req.message", 8, "req may be undefined: x; read from it with ?."), undefined);
  equal(
    mended(
      'req => "😀" && req.message.requestUri.user',
      27,
      "req.message.requestUri may be undefined: x; read from it with ?.",
    ),
    'req => "😀" && req.message.requestUri?.user',
  );
  equal(mended("req => req.mesage.x", 12, 'req has no "mesage": did you mean "message"?'), "req => req.message.x");
  equal(
    mended('req => req.method === "INVIT"', 23, 'never "INVIT": did you mean "INVITE"?'),
    'req => req.method === "INVITE"',
  );
  equal(mended("req => 1", 8, "this is not returned"), undefined);
});

test("failures stand under something", () => {
  deepEqual(failure("req =>", "unexpected token )", { line: 1, column: 7 }), {
    from: 5,
    to: 6,
    severity: "error",
    text: "unexpected token )",
  });
  deepEqual(failure("", "too short", {}), { from: 0, to: 0, severity: "error", text: "too short" });
  equal(failure("req => x", "limit", { line: 0, column: 0 }).to, 8);
});
