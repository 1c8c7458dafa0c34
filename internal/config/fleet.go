package config

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// Fleet is what processors and middlewares have in common: one or more instances of a program, and how to call them.
type Fleet struct {
	// Addrs are where the instances listen; at least one.
	Addrs []Address `config:"addr,required" format:"addresses" nonempty:"true" doc:"Where its gRPC service listens: host:port, dns:///host:port for every address behind a name, or a list of these, each with an optional weight."`
	// Policy is PolicyCallID, PolicyRoundRobin or PolicyLeastRequest.
	Policy string `config:"policy" enum:"callId|roundRobin|leastRequest" default:"callId" doc:"Which instance a call goes to: one chosen by the Call-ID, so that a dialog stays together; each in turn; or the less busy one of two."`
	// RetryMethods are the SIP methods whose calls may be repeated although the first may have been processed.
	RetryMethods []routrpb.Method `config:"retryMethods" format:"method" doc:"SIP methods whose messages may be sent to another instance although the first one may have processed them. Default: none."`
	// HealthCheck is false where grpc.health.v1 isn't to be asked.
	HealthCheck bool `config:"healthCheck" default:"true" doc:"Watch grpc.health.v1 where an instance has it."`
	// Timeout bounds one call; it is Spec.Timeout where the file sets none.
	Timeout time.Duration `config:"timeout" max:"10m" doc:"Time limit of one call, all its attempts together. Default: spec.timeout."`
	// HoldWhenDown is how long a message waits where no instance can be called; 0 for not at all.
	HoldWhenDown time.Duration `config:"holdWhenDown" min:"0s" max:"1m" default:"0s" doc:"How long a message waits for a connection where no instance can be called, before timeout begins."`
	// TLS is nil where the instances speak clear text.
	TLS *ClientTLS `config:"tls" doc:"Call over TLS; {} uses the system's certificate authorities. Default: clear text."`
}

// Addr returns the addresses for people to read.
func (f Fleet) Addr() string {
	all := make([]string, len(f.Addrs))
	for i, a := range f.Addrs {
		all[i] = a.Target
	}
	return strings.Join(all, ", ")
}

// Address is one instance of a fleet, or several behind one name.
type Address struct {
	// Target is host:port, or dns:///host:port.
	Target string `config:"addr,required" format:"target" doc:"host:port, or dns:///host:port for every address behind a name."`
	// Weight is its share of the calls, in relation to the others'.
	Weight int64 `config:"weight" format:"count" min:"1" max:"1000" default:"1" doc:"Its share of the calls, in relation to the others'."`
}

// ClientTLS says how to call over TLS.
type ClientTLS struct {
	// CA is a file of certificates; empty for the system's.
	CA string `config:"ca" doc:"A PEM file of certificate authorities. Default: the system's."`
	// Cert and Key are files; both are set or neither.
	Cert string `config:"cert" doc:"A PEM file with the certificate to show (mutual TLS), together with key."`
	Key  string `config:"key" doc:"A PEM file with the certificate's private key."`
	// ServerName is what the certificate has to name; empty for the address's host.
	ServerName string `config:"serverName" doc:"The name that the server's certificate must have. Default: the host of addr."`
}

// ServerTLS says how to serve over TLS.
type ServerTLS struct {
	Cert string `config:"cert,required" doc:"A PEM file with the certificate and its chain. It is read again when it changes."`
	Key  string `config:"key,required" doc:"A PEM file with the certificate's private key."`
	// ClientCA is a file of certificates; where it is set, callers must show one that it signed.
	ClientCA string `config:"clientCA" doc:"A PEM file of certificate authorities: callers must show a certificate that one of them signed (mutual TLS)."`
}

// Ejection says when an instance that fails is left out.
type Ejection struct {
	ConsecutiveFailures int64         `config:"consecutiveFailures" format:"count" min:"1" max:"1000" default:"5" doc:"Failures in a row that eject an instance."`
	ErrorRate           float64       `config:"errorRate" format:"fraction" default:"0.5" doc:"Fraction of recent calls that fail that ejects an instance."`
	MinCalls            int64         `config:"minCalls" format:"count" min:"1" max:"100000" default:"20" doc:"Recent calls from which errorRate counts."`
	BaseTime            time.Duration `config:"baseTime" max:"1h" default:"5s" doc:"How long the first ejection lasts; each further one lasts twice as long."`
	MaxTime             time.Duration `config:"maxTime" max:"24h" default:"5m" doc:"How long an ejection lasts at most."`
	MaxEjected          float64       `config:"maxEjected" format:"fraction" default:"0.5" doc:"Fraction of a fleet that may be ejected at once. The last instance never is."`
}

// Limits bound what the dispatcher takes on.
type Limits struct {
	InFlight          int64         `config:"inFlight" format:"count" min:"1" max:"1000000" default:"4000" doc:"Messages in flight at once. The last tenth is kept for ACK, BYE, CANCEL and SIP responses; beyond it messages are refused at once."`
	Adaptive          bool          `config:"adaptive" default:"false" doc:"True to lower the limit on messages in flight while they take longer than they usually do."`
	Connections       int64         `config:"connections" format:"count" min:"1" max:"1000000" default:"10000" doc:"Connections open at once."`
	Streams           int64         `config:"streams" format:"count" min:"1" max:"100000" default:"4096" doc:"Calls in flight at once on one HTTP/2 connection."`
	HeaderBytes       int64         `config:"headerBytes" format:"bytes" min:"4KiB" max:"1MiB" default:"64KiB" doc:"Size of a request's headers."`
	ReadHeaderTimeout time.Duration `config:"readHeaderTimeout" max:"10m" default:"10s" doc:"Time in which a request's headers must arrive."`
	ReadTimeout       time.Duration `config:"readTimeout" max:"10m" default:"30s" doc:"Time in which a whole request must arrive."`
	WriteTimeout      time.Duration `config:"writeTimeout" max:"10m" default:"30s" doc:"How long a piece of an answer may wait for a peer that doesn't take it."`
	IdleTimeout       time.Duration `config:"idleTimeout" max:"24h" default:"10m" doc:"How long a connection may be without a request."`
	Watches           int64         `config:"watches" format:"count" min:"1" max:"1000000" default:"1000" doc:"Streams of grpc.health.v1 and of reflection open at once, over all connections. One that is alone on its connection for idleTimeout ends."`
	Memory            int64         `config:"memory" format:"bytes" min:"64MiB" max:"1048576MiB" doc:"Memory that the process may take: what requests in work hold is bounded so that it stays below. Default: half of the container's memory limit, or 512MiB without one."`
}

// Admin is the side door: the admin API, the console, and the details of metrics.
type Admin struct {
	Enabled   bool   `config:"enabled" default:"true" doc:"False turns the admin API and the console off."`
	TokenFile string `config:"tokenFile" doc:"A file with the bearer token that the admin API asks everybody for. The environment variable DISPATCHER_ADMIN_TOKEN wins over it. Default: none, and only this machine may use the API."`
	// BindAddr is the host:port of a listener for the side door alone; empty where it shares Spec.BindAddr.
	BindAddr string `config:"bindAddr" format:"listen" doc:"Host and port of a listener of its own for the admin API, the console, /metrics and pprof, which spec.bindAddr then doesn't serve. Default: spec.bindAddr serves everything."`
}

// Metrics bounds what /metrics names.
type Metrics struct {
	// Refs is how many processors and middlewares, and how many fleets, have series of their own.
	Refs int64 `config:"refs" format:"count" min:"0" max:"10000" default:"200" doc:"Refs and fleets that metrics name."`
}

// Decisions says what is kept of what became of each message.
type Decisions struct {
	Keep         int64         `config:"keep" format:"count" min:"1" max:"1000000" default:"10000" doc:"Decisions that are kept in memory."`
	MaxBytes     int64         `config:"maxBytes" format:"bytes" min:"1MiB" max:"1024MiB" default:"32MiB" doc:"Memory for decisions and messages together."`
	KeepMessages int64         `config:"keepMessages" format:"count" min:"0" max:"1000000" default:"1000" doc:"How many of the latest messages are kept whole. Those that failed are kept besides."`
	Mask         []string      `config:"mask" doc:"Further places to mask before a message leaves the process, such as metadata.token or message.extensions[X-Token]. Credentials of SIP are masked always."`
	File         *DecisionFile `config:"file" doc:"Write decisions to a file, as JSON lines."`
	NATS         *DecisionNATS `config:"nats" doc:"Publish decisions to NATS, as JSON."`
}

// DecisionFile is a file that decisions are written to.
type DecisionFile struct {
	Path     string `config:"path,required" doc:"The file. A relative path is looked for beside the configuration file."`
	MaxBytes int64  `config:"maxBytes" format:"bytes" min:"1MiB" max:"102400MiB" default:"100MiB" doc:"Size at which the next file is begun."`
	MaxFiles int64  `config:"maxFiles" format:"count" min:"1" max:"1000" default:"5" doc:"How many old files are kept."`
}

// DecisionNATS is a NATS server that decisions are published to.
type DecisionNATS struct {
	URL         string `config:"url,required" doc:"Address of the server, such as nats://nats:4222 or tls://nats:4222."`
	Subject     string `config:"subject" default:"routr.decisions" doc:"The subject to publish on."`
	Credentials string `config:"credentials" doc:"A NATS credentials file."`
}

// Replicas says how the replicas of a dispatcher hear of each other.
type Replicas struct {
	URL         string `config:"url,required" doc:"Address of the NATS server, such as nats://nats:4222."`
	Subject     string `config:"subject" default:"routr.fleet" doc:"What subjects begin with, one for each fleet."`
	Replica     string `config:"replica" doc:"Name of this replica. Default: the name of the host."`
	Credentials string `config:"credentials" doc:"A NATS credentials file."`
}

// File returns where to find a file that the configuration names: a relative path is meant from the folder that the
// configuration is in. The empty path stays empty.
func (c *Config) File(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Name), path)
}
