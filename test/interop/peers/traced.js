"use strict";

// Starts a processor with @routr/processor in a process that is traced as Routr's own are (@routr/common, tracer.js):
// OpenTelemetry's instrumentation of grpc-js reads what the dispatcher says of the trace. Instead of Jaeger the test gets
// the spans.
//
//   node traced.js connect
//
// Reports {event:"ready",addr}, and {event:"span",trace,span,parent,kind,name} for each span.

const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
const { SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { registerInstrumentations } = require("@opentelemetry/instrumentation");
const { GrpcInstrumentation } = require("@opentelemetry/instrumentation-grpc");
const { onCommand, report } = require("./lines");

const exporter = {
  export: (spans, done) => {
    for (const s of spans) {
      const { traceId, spanId } = s.spanContext();
      report({
        event: "span",
        trace: traceId,
        span: spanId,
        parent: s.parentSpanId,
        kind: s.kind,
        name: s.name,
      });
    }
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};

// Before grpc-js is loaded, which is patched as it is.
const provider = new NodeTracerProvider();
provider.addSpanProcessor(new SimpleSpanProcessor(exporter));
provider.register();
registerInstrumentations({ instrumentations: [new GrpcInstrumentation()] });

const { listen } = require("./routr");

listen(
  process.argv[2],
  (req, res) => res.send(req),
  (err, port) =>
    report({ event: "ready", addr: err ? "" : `127.0.0.1:${port}` }),
);
onCommand(() => {});
