"use strict";

// Hosts the processors and middlewares of one test in one process, so that its
// reports stand in the order in which the peers were called.
//
//   node host.js '[{"name":"connect","kind":"routr","does":"echo","with":null}]'
//
// Reports {event:"ready",peer,addr} for each peer, {event:"call",…} for each call it
// gets, {event:"cancelled",peer,ref} when a call is cancelled under it, and {event:"counts",counts}
// of the aging peers' calls, which aren't reported one by one, in answer to {count:true}, and
// {event:"mark",id} in answer to the command {mark:id}: whatever was called before
// the mark was reported before it.

const { behaviours, release } = require("./behaviours");
const { onCommand, report } = require("./lines");
const { listenAging, listenExtended, listenRaw } = require("./plain");
const { listen } = require("./routr");

// counts are the requests that aging peers got, by ref.
const counts = {};

const kinds = {
  routr: ({ name, does, with: argument }, seen, bound) => {
    const handle = behaviours[does](name, argument);
    listen(
      name,
      (req, res, call) => {
        seen({ request: req }, call);
        handle(req, res);
      },
      bound,
    );
  },
  raw: (peer, seen, bound) => listenRaw(peer.with, seen, bound),
  aging: (peer, seen, bound) => listenAging(peer.with, counts, bound),
  extended: (peer, seen, bound) => listenExtended(peer.with, seen, bound),
};

function start(peer) {
  const seen = (what, call) => {
    report({
      event: "call",
      peer: peer.name,
      ...what,
      metadata: entriesOf(call.metadata),
      timeLeftMs: timeLeft(call),
    });
    call.on("cancelled", () =>
      report({ event: "cancelled", peer: peer.name, ref: what.request?.ref }),
    );
  };
  const bound = (err, port) => {
    if (err) throw err;
    report({ event: "ready", peer: peer.name, addr: `127.0.0.1:${port}` });
  };
  kinds[peer.kind](peer, seen, bound);
}

// entriesOf shows binary entries in base64.
function entriesOf(metadata) {
  const show = (value) =>
    Buffer.isBuffer(value) ? value.toString("base64") : value;
  return Object.fromEntries(
    Object.keys(metadata.getMap()).map((k) => [k, metadata.get(k).map(show)]),
  );
}

// timeLeft is null for a call without a deadline.
function timeLeft(call) {
  const deadline = call.getDeadline();
  return deadline === Infinity ? null : Number(deadline) - Date.now();
}

onCommand((command) => {
  if (command.release) release();
  if (command.count) report({ event: "counts", counts });
  if (command.mark !== undefined) report({ event: "mark", id: command.mark });
});
JSON.parse(process.argv[2]).forEach(start);
