// Mutations these must catch: (1) pick forgetting what stands for what; (2) host replaced from its beginning.
import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import { standIns } from "./pseudonym";
import { below, seeded, type Random } from "../rule/random";

const message = {
  ref: "a84b4c76e66710@10.0.0.11",
  message: {
    requestUri: { user: "1002", host: "sip.example.com" },
    from: { address: { displayName: "Alice Cooper", uri: { user: "1001", host: "pbx.example.com" } }, tag: "9f4" },
    via: [{ host: "10.0.0.11", branch: "z9hG4bK-77" }],
    extensions: [{ name: "P-Asserted-Identity", value: "<sip:boss@hq.example.com:5060>" }],
  },
};
const sip = `INVITE sip:1002@sip.example.com SIP/2.0
Via: SIP/2.0/UDP 10.0.0.11:5060;branch=z9hG4bK-77
From: "Alice Cooper" <sip:1001@pbx.example.com>;tag=9f4
P-Asserted-Identity: <sip:boss@hq.example.com:5060>
Call-ID: a84b4c76e66710@10.0.0.11
`;
const rule = `req => req.message.requestUri.user.startsWith("10") &&
  req.message.from.address.uri.host.endsWith(".example.com")`;

test("nothing that tells who somebody is is left, and what it is about stays readable", () => {
  const s = standIns(message, rule, seeded(7));
  const text = s.sip(sip) + s.rule(rule);
  for (const told of ["1002", "1001", "Alice", "Cooper", "example", "10.0.0.11", "boss", "hq", "a84b4c", "9f4"]) {
    ok(!text.includes(told), `${told} is still in\n${text}`);
  }
  for (const plain of ["INVITE sip:", "SIP/2.0/UDP", "requestUri.user.startsWith("]) ok(text.includes(plain));
});

const word = (random: Random, from: string, n: number): string =>
  Array.from({ length: 1 + below(random, n) }, () => from[below(random, from.length)] ?? "a").join("");

test("what is equal, begins or ends alike still does, and nothing else", () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = seeded(seed);
    const users = Array.from({ length: 4 }, () => word(random, "129", 4));
    const hosts = Array.from({ length: 4 }, () => `${word(random, "ab", 2)}.${word(random, "ab", 2)}.org`);
    const uris = users.map((user, i) => ({ uri: { user, host: hosts[i] } }));
    const s = standIns(uris, "", random);
    const standing = (t: string): string => s.pairs.get(t) ?? t;
    for (const a of users) {
      for (const b of users) {
        equal(standing(a).startsWith(standing(b)), a.startsWith(b), `seed ${seed}: ${a} ${b}`);
      }
    }
    for (const a of hosts) {
      for (const b of hosts) {
        equal(standing(a) === standing(b), a === b, `seed ${seed}: ${a} ${b}`);
        const domain = (t: string): string => t.slice(t.indexOf("."));
        if (domain(a) === domain(b)) equal(domain(standing(a)), domain(standing(b)), `seed ${seed}`);
      }
    }
  }
});

// Mutations that this catches: credentials are left as they are; only those that rules see apart are replaced.
test("what somebody proves who they are with has stand-ins of the same length", () => {
  const response = "0123456789abcdef0123456789abcdef";
  const proxy = `Digest username="zoe", realm="pbx", nonce="4d3c2b1a/x==", response="${response}"`;
  const message = {
    message: {
      authorization: { nonce: "8f7e6d5c", cNonce: "c1c2c3", opaque: "o9o8", response },
      extensions: [{ name: "Proxy-Authorization", value: proxy }],
    },
  };
  const by = standIns(message, "", Math.random);
  const text = by.sip(JSON.stringify(message));
  equal(text.length, JSON.stringify(message).length);
  for (const secret of ["zoe", "4d3c2b1a", "8f7e6d5c", "c1c2c3", "o9o8", response])
    ok(!text.includes(secret), secret);
});
