"use strict";

// Starts processors and middlewares with @grpc/grpc-js alone, as somebody would who
// doesn't use @routr/processor: one that sees nothing but bytes, one whose proto is
// newer than the dispatcher's, and one that ends its connections when they get old.

const grpc = require("@grpc/grpc-js");
const { extended, published, raw } = require("./services");

function serve(service, handle, bound, options) {
  const server = new grpc.Server(options);
  server.addService(service, { processMessage: handle });
  server.bindAsync(
    "127.0.0.1:0",
    grpc.ServerCredentials.createInsecure(),
    bound,
  );
}

// listenRaw answers every request with the same bytes.
function listenRaw(answer, seen, bound) {
  const bytes = Buffer.from(answer, "base64");
  const handle = (call, callback) => {
    seen({ bytes: call.request.toString("base64") }, call);
    callback(null, bytes);
  };
  serve(raw, handle, bound);
}

// listenExtended answers with the request's message and metadata, and with a field
// that only it and the client know.
function listenExtended(future, seen, bound) {
  const handle = (call, callback) => {
    seen({ request: call.request }, call);
    const { message, metadata } = call.request;
    callback(null, { message, metadata, future });
  };
  serve(extended, handle, bound);
}

// listenAging answers with the request's message and metadata, and counts the requests
// by their ref.
function listenAging(age, counts, bound) {
  const handle = (call, callback) => {
    const { ref, message, metadata } = call.request;
    counts[ref] = (counts[ref] ?? 0) + 1;
    callback(null, { message, metadata });
  };
  serve(published, handle, bound, { "grpc.max_connection_age_ms": age });
}

module.exports = { listenRaw, listenExtended, listenAging };
