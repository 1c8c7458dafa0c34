// A relay of the libraries that the Node dispatcher is made of: @grpc/grpc-js and @grpc/proto-loader with its options,
// rules that are functions, one client a call's processor. It does no more than find a processor and forward.
const path = require("path")
const { createRequire } = require("module")
const load = createRequire(path.join(__dirname, "../../test/interop/"))
const grpc = load("@grpc/grpc-js")
const loader = load("@grpc/proto-loader")

const [, , bindAddr, processorAddr] = process.argv
const definition = loader.loadSync("processor.proto", {
  includeDirs: [path.join(__dirname, "../../proto")],
  keepCase: false, longs: String, enums: String, defaults: true, oneofs: true
})
const { Processor } = grpc.loadPackageDefinition(definition).fonoster.routr.processor.v2beta1
const client = new Processor(processorAddr, grpc.credentials.createInsecure())
const processors = [
  { methods: ["INVITE"], matchFunc: req => req.method === "MESSAGE" },
  { methods: ["INVITE"], matchFunc: req => req.message.extensions.find(e => e.name === "User-Agent" && e.value.includes("Zoiper")) },
  { methods: ["INVITE"], matchFunc: req => req.message.from.address.uri.host !== "nowhere" }
]

const server = new grpc.Server()
server.addService(Processor.service, {
  processMessage(call, answer) {
    const req = call.request
    if (!processors.some(p => p.methods.includes(req.method) && p.matchFunc(req))) {
      return answer({ code: grpc.status.NOT_FOUND })
    }
    client.processMessage(req, answer)
  }
})
server.bindAsync(bindAddr, grpc.ServerCredentials.createInsecure(), err => { if (err) throw err })
