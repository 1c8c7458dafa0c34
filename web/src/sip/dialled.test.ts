// Mutations these must catch: (1) To keeps the number; (2) the number of who calls is replaced, too.
import { test } from "node:test";
import { equal, throws } from "node:assert/strict";
import { dialled } from "./dialled";

const sip = (user: string): string =>
  `INVITE sip:${user}@sip.example.com;user=phone SIP/2.0\r\n` +
  'From: "911" <sip:911@sip.example.com>;tag=1\r\n' +
  `To: "sips and <911>" <sip:${user}@sip.example.com>\r\n` +
  "Contact: <sip:911@10.0.0.1>\r\nContent-Length: 9\r\n\r\nTo: 911@x\r\n";

test("another number is dialled, and nothing else changes", () => {
  equal(dialled(sip("911"), "999"), sip("999"));
  equal(dialled(sip("911"), "911"), sip("911"));
  equal(dialled(sip("911"), "+44*9.x"), sip("+44*9.x"));
  equal(dialled("INVITE sips:1@a SIP/2.0\r\nt: sips:1@a\r\n", "2"), "INVITE sips:2@a SIP/2.0\r\nt: sips:2@a\r\n");
});

test("what is no request to a number isn't changed", () => {
  const others = ["", "SIP/2.0 200 OK\r\nTo: <sip:911@x>\r\n", "REGISTER sip:x SIP/2.0\r\n", "INVITE tel:911 SIP/2.0"];
  for (const text of others)
    throws(() => dialled(text, "999"), /isn't a request to a number/);
});

test("what can't stand in a SIP URI isn't dialled", () => {
  for (const user of ["", "9 9", "9@x", "9\r\nX: y", "9>", "$1", "9".repeat(65)])
    throws(() => dialled(sip("911"), user), /A number to dial/);
});
