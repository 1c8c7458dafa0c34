"use strict";

// The gRPC service definitions the peers speak: Routr's as published, the same with
// fields added, the same over uninterpreted bytes, and gRPC's own health service.

const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");

// The options of Routr's own peers (@routr/common, service.js).
const loadOptions = {
  keepCase: false,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
};

function load(file) {
  return grpc.loadPackageDefinition(protoLoader.loadSync(file, loadOptions));
}

function processorIn(file) {
  return load(file).fonoster.routr.processor.v2beta1.Processor.service;
}

const root = path.join(__dirname, "..");
const published = processorIn(path.join(root, "../../proto/processor.proto"));
const extended = processorIn(path.join(root, "testdata/extended.proto"));

const asIs = (bytes) => bytes;
const raw = {
  ProcessMessage: {
    ...published.ProcessMessage,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};

const healthProto = path.join(
  path.dirname(require.resolve("grpc-health-check/package.json")),
  "proto/health/v1/health.proto",
);
const health = load(healthProto).grpc.health.v1.Health.service;

module.exports = { published, extended, raw, health };
