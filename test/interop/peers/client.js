"use strict";

// The EdgePort's place: a gRPC client over plain HTTP/2, in @grpc/grpc-js.
//
//   node client.js 127.0.0.1:51901
//
// Carries out commands {id, op, …} and reports {id, …} for each.

const grpc = require("@grpc/grpc-js");
const { onCommand, report } = require("./lines");
const services = require("./services");
const { storm } = require("./storm");

const addr = process.argv[2];
const clients = Object.fromEntries(
  Object.entries(services).map(([name, service]) => [
    name,
    connect(service, {}),
  ]),
);
const inFlight = new Map();

function connect(service, options) {
  const Client = grpc.makeClientConstructor(service, "");
  return new Client(addr, grpc.credentials.createInsecure(), options);
}

// outcome is what came back, in JSON: a response, bytes in base64, or an error.
function outcome(err, response) {
  if (err) return { error: describe(err) };
  if (Buffer.isBuffer(response)) return { bytes: response.toString("base64") };
  return { response };
}

function describe(err) {
  const [details] = err.metadata?.get("grpc-status-details-bin") ?? [];
  return {
    code: err.code,
    message: err.details,
    statusDetails: details?.toString("base64"),
  };
}

function metadataOf(entries) {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(entries ?? {})) {
    metadata.set(
      key,
      key.endsWith("-bin") ? Buffer.from(value, "base64") : value,
    );
  }
  return metadata;
}

const operations = {
  // call sends a request by one of the service definitions.
  call: ({ id, service, request, bytes, metadata, deadlineMs }) => {
    const options = deadlineMs ? { deadline: Date.now() + deadlineMs } : {};
    const message =
      bytes === undefined ? request : Buffer.from(bytes, "base64");
    const call = clients[service].ProcessMessage(
      message,
      metadataOf(metadata),
      options,
      (err, response) => {
        inFlight.delete(id);
        report({ id, ...outcome(err, response) });
      },
    );
    inFlight.set(id, call);
  },

  // cancel cancels the call that another command began.
  cancel: ({ call }) => inFlight.get(call).cancel(),

  // check asks for the health of a service once.
  check: ({ id, service }) =>
    clients.health.Check({ service }, (err, response) =>
      report({ id, ...outcome(err, response) }),
    ),

  // watch reports the health of a service at each change, and the stream's end.
  watch: ({ id, service }) => {
    const stream = clients.health.Watch({ service });
    stream.on("data", (response) => report({ id, response }));
    stream.on("error", () => {}); // its status event says the same
    stream.on("status", (status) => report({ id, error: describe(status) }));
  },

  // storm calls from many connections at once and reports what went wrong.
  storm: async ({ id, request, clients: count, calls }) => {
    const own = { "grpc.use_local_subchannel_pool": 1 };
    const callers = Array.from({ length: count }, () =>
      connect(services.published, own),
    );
    report({ id, response: await storm(callers, calls, request) });
  },
};

onCommand((command) => operations[command.op](command));
