module github.com/fonoster/routr-dispatcher/test/fleet

go 1.26.0

require (
	github.com/fonoster/routr-dispatcher v0.0.0
	github.com/miekg/dns v1.1.73
	go.uber.org/goleak v1.3.0
	google.golang.org/grpc v1.85.0
)

require (
	connectrpc.com/connect v1.21.1 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260928230214-8a89bd6388cc // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/fonoster/routr-dispatcher => ../..
