// Mutations these must catch: (1) the last failure told instead of the first; (2) a call that nobody took shown as
// broken; (3) the last response told of a call whose answer was lost.
import { test } from "node:test";
import { deepEqual } from "node:assert/strict";
import type { CallRow } from "../api/api.gen";
import { fromRow } from "./calls";

const row: CallRow = {
  callId: "a", state: "failed", first: "2026-01-01T00:00:00Z", last: "2026-01-01T00:00:01Z", lastId: "x-2",
  from: "1001@a", to: "1002@a", method: "INVITE", messages: 3, failed: 2, code: "NOT_FOUND",
  error: "not matching processor found for request with method = BYE", failedRule: "", processors: ["connect"],
  lastResponse: "RINGING", lostResponses: ["RINGING"],
  firstFailure: {
    method: "INVITE", responseType: "RINGING", code: "INTERNAL", nobody: false, failedRule: "dead",
    error: "matchFunc of processor ref = dead: TypeError: no user",
  },
};

const nobody = { method: "BYE", responseType: "", code: "NOT_FOUND", error: row.error, failedRule: "", nobody: true };

test("what failed first is why", () => {
  const { fate, state, why } = fromRow(row);
  deepEqual([fate, state, why], ["error", "no ringing", "180 Ringing: rule dead failed: TypeError: no user"]);
});

test("what nobody heard is the call's state", () => {
  const lost = fromRow({ ...row, lastResponse: "OK", lostResponses: ["RINGING", "SESSION_PROGRESS", "OK"] });
  deepEqual([lost.state, lost.why], ["no answer", "180, 183, 200 lost: rule dead failed: TypeError: no user"]);
  const gone = fromRow({ ...row, lastResponse: "OK", lostResponses: [] });
  deepEqual(gone.state, "failed");
  const progress = fromRow({ ...row, lostResponses: ["SESSION_PROGRESS"] });
  deepEqual(progress.state, "failed");
});

test("a call that nobody took, and one that went well", () => {
  const lost = fromRow({ ...row, firstFailure: nobody });
  deepEqual([lost.fate, lost.why], ["no-match", "no rule takes BYE"]);
  const well = fromRow({ ...row, state: "answered", failed: 0, firstFailure: null });
  deepEqual([well.fate, well.why], ["match", "connect"]);
});
