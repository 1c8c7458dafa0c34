"use strict";

// Starts processors and middlewares with @routr/processor, whose API shows a
// handler neither the port it got nor the call behind a request. Two methods of
// the gRPC server that the package creates are wrapped to learn both; what they do
// is unchanged.

const { AsyncLocalStorage } = require("node:async_hooks");
const path = require("node:path");
const { default: Processor } = require("@routr/processor");

// @routr/common has its own @grpc/grpc-js, of another version than the client's.
const { Server } = require(
  require.resolve("@grpc/grpc-js", {
    paths: [path.dirname(require.resolve("@routr/common"))],
  }),
);

const currentCall = new AsyncLocalStorage();
const currentBind = new AsyncLocalStorage();

const { addService, bindAsync } = Server.prototype;

Server.prototype.addService = function (service, handlers) {
  const { processMessage } = handlers;
  if (!processMessage) return addService.call(this, service, handlers);
  return addService.call(this, service, {
    ...handlers,
    processMessage: (call, callback) =>
      currentCall.run(call, () => processMessage(call, callback)),
  });
};

Server.prototype.bindAsync = function (addr, credentials, callback) {
  const bound = currentBind.getStore();
  return bindAsync.call(this, addr, credentials, (err, port) => {
    callback(err, port);
    bound(err, port);
  });
};

// listen starts a processor on a free port. handle gets what @routr/processor hands
// out, request and response, and then the gRPC call they belong to.
function listen(name, handle, bound) {
  const processor = new Processor({ bindAddr: "127.0.0.1:0", name });
  currentBind.run(bound, () =>
    processor.listen((req, res) => handle(req, res, currentCall.getStore())),
  );
}

module.exports = { listen };
