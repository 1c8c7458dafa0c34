"use strict";

// What the processors and middlewares of the tests do, written as Routr's own are:
// with the request, the response and the helpers of @routr/processor. Each entry
// takes the peer's name and its argument, and returns the handler.

const grpc = require("@grpc/grpc-js");
const {
  Alterations: A,
  Extensions: E,
  Helper: H,
} = require("@routr/processor");

// held are the answers that wait for the command "release".
const held = [];

module.exports.release = () => held.splice(0).forEach((send) => send());

module.exports.behaviours = {
  // echo answers with the request, as a middleware does that lets it pass.
  echo: () => (req, res) => res.send(req),

  // connect does what Routr's Connect processor does to a call: it answers what is
  // meant for itself and sends the rest on with its headers changed.
  connect: () => (req, res) => {
    if (H.isTypeResponse(req)) return res.send(A.removeTopVia(req));
    switch (req.method) {
      case "REGISTER":
        return res.sendOk([{ name: "Expires", value: "600" }]);
      case "PUBLISH":
        return res.sendMethodNotAllowed();
      default:
        return res.send(
          A.removeAuthorization(A.addXEdgePortRef(A.decreaseMaxForwards(req))),
        );
    }
  },

  // answer answers every request with the same MessageResponse.
  answer: (name, response) => (req, res) => res.send(response),

  // stamp adds a header and a metadata entry that carry the peer's name.
  stamp: (name) => (req, res) => {
    const stamped = E.addHeader(req, { name: "X-Passed", value: name });
    stamped.metadata = { ...req.metadata, [name]: "passed" };
    res.send(stamped);
  },

  // stampMessage answers with a message alone, and so leaves the metadata empty.
  stampMessage: (name) => (req, res) => {
    const stamped = E.addHeader(req, { name: "X-Passed", value: name });
    res.send({ message: stamped.message });
  },

  // fail answers with a gRPC status: code, message, and a google.rpc.Status with
  // details, in base64.
  fail: (name, status) => (req, res) => {
    const metadata = new grpc.Metadata();
    metadata.set(
      "grpc-status-details-bin",
      Buffer.from(status.details, "base64"),
    );
    const err = new Error(status.message);
    res.sendError(
      Object.assign(err, {
        code: status.code,
        details: status.message,
        metadata,
      }),
    );
  },

  // hold keeps its answers until it is told to release them.
  hold: () => (req, res) => held.push(() => res.send(req)),
};
