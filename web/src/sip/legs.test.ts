// Mutations these must catch: (1) a leg that is shown already told again; (2) any header with an id taken for a leg.
import { test } from "node:test";
import { deepEqual } from "node:assert/strict";
import type { Entry } from "../api/entry";
import { legsNamed, naming } from "./legs";

const entry = (...extensions: unknown[]): Entry => ({ message: { message: { extensions } } }) as unknown as Entry;

test("legs are the calls that headers name", () => {
  const messages = [
    entry({ name: "X-Call-ID", value: " a@1 " }, { name: "x-original-call-id", value: "b@2" }),
    entry({ name: "X-CID", value: "a@1" }, { name: "X-Request-ID", value: "r" }, { name: "Call-ID", value: "own" }),
    entry({ name: "P-Callid", value: "" }, 7, null),
    {} as Entry,
  ];
  deepEqual(legsNamed(messages, ["b@2"]), [{ callId: "a@1", header: "X-Call-ID" }]);
});

test("the rule that finds who names a call is text, whatever the Call-ID", () => {
  const hostile = 'a"]), (() => { throw 1 })(), (["`';
  const quoted = /&& (\[.*\])\.includes\(e\.value\)\)$/.exec(naming([hostile, "b"]))?.[1] ?? "";
  deepEqual(JSON.parse(quoted), [hostile, "b"]);
});
