//go:build interop

package interop

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// denial is a status with details, as a processor answers it, and those details.
func denial(t *testing.T) (*status.Status, *structpb.Struct) {
	t.Helper()
	info, err := structpb.NewStruct(map[string]any{"reason": "CALLER_BARRED", "domain": "atlanta.com", "user": "alice"})
	if err != nil {
		t.Fatalf("make details: %v", err)
	}
	denied, err := status.New(codes.PermissionDenied, "alice may not call bob").WithDetails(info)
	if err != nil {
		t.Fatalf("add details: %v", err)
	}
	return denied, info
}

func TestAProcessorsStatusArrivesWithItsDetails(t *testing.T) {
	denied, info := denial(t)
	details, err := proto.Marshal(denied.Proto())
	if err != nil {
		t.Fatalf("encode the status: %v", err)
	}
	for _, refuser := range []string{"auth", "connect"} {
		t.Run(refuser, func(t *testing.T) {
			fail := peer{Name: refuser, Kind: "routr", Does: "fail", With: map[string]any{
				"code": denied.Code(), "message": denied.Message(),
				"details": base64.StdEncoding.EncodeToString(details),
			}}
			p := startPeers(t, fail, routr("other", "echo"))
			s := spec{Processors: []processor{p.processor(refuser)}}
			if refuser == "auth" {
				s = spec{
					Processors: []processor{p.processor("other")}, Middlewares: []middleware{p.before("auth")},
				}
			}
			got := startClient(t, startDispatcher(t, s).addr).refusal(t, invite(t))

			checkDenied(t, got, refuser, info)
			equal(t, "calls", p.order(t), []string{refuser})
		})
	}
}

// checkDenied compares what a client got with the denial that ref answered.
func checkDenied(t *testing.T, got failure, ref string, info *structpb.Struct) {
	t.Helper()
	equal(t, "code", got.Code, codes.PermissionDenied)
	for _, part := range []string{"alice may not call bob", ref} {
		if !strings.Contains(got.Message, part) {
			t.Errorf("message = %q, want it to contain %q", got.Message, part)
		}
	}
	full := status.New(codes.OK, "").Proto()
	if err := proto.Unmarshal(got.StatusDetails, full); err != nil {
		t.Fatalf("decode grpc-status-details-bin: %v", err)
	}
	equal(t, "code in the details", codes.Code(full.GetCode()), got.Code)
	if diff := cmp.Diff([]any{info}, status.FromProto(full).Details(), protocmp.Transform()); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

func TestFailuresAreTheContractsStatus(t *testing.T) {
	const ref = "a84b4c76e66710@pc33.atlanta.com"
	p := startPeers(t, routr("connect", "echo"), routr("hold", "hold"),
		peer{Name: "no-message", Kind: "routr", Does: "answer", With: map[string]any{}},
		peer{Name: "garbage", Kind: "raw", With: []byte{0x12, 0xff}})
	rule := func(ref, source string) processor {
		return processor{Ref: ref, Addr: p.addrs["connect"], MatchFunc: source, Methods: allMethods}
	}
	down := peertest.FreeAddr(t)
	tests := map[string]struct {
		spec    spec
		request map[string]any
		code    codes.Code
		message string   // the whole message, where the contract gives it
		says    []string // what the message contains
	}{
		"no processor matches": {
			spec: spec{Processors: []processor{rule("never", "req => false")}},
			code: codes.NotFound, message: "not matching processor found for request ref: " + ref,
		},
		"processor down": {
			spec: spec{Processors: []processor{
				{Ref: "connect", Addr: down, MatchFunc: "req => true", Methods: allMethods},
			}},
			code: codes.Unavailable, message: "processor ref = connect is unavailable",
		},
		"middleware down": {
			spec: spec{
				Processors:  []processor{p.processor("connect")},
				Middlewares: []middleware{{Ref: "auth", Addr: down}},
			},
			code: codes.Unavailable, message: "middleware ref = auth is unavailable",
		},
		"processor too slow": {
			spec: spec{Timeout: "300ms", Processors: []processor{p.processor("hold")}},
			code: codes.DeadlineExceeded, says: []string{"hold", "300ms"},
		},
		"matchFunc throws": {
			spec: spec{Processors: []processor{rule("broken", "req => req.message.nobody.address")}},
			code: codes.Internal, says: []string{"broken", "TypeError", "line 1, column 8"},
		},
		"processor answers without a message": {
			spec: spec{Processors: []processor{p.processor("no-message")}},
			code: codes.Internal, says: []string{"no-message", "message"},
		},
		"processor answers what isn't protobuf": {
			spec: spec{Processors: []processor{p.processor("garbage")}},
			code: codes.Internal, says: []string{"garbage"},
		},
		"request without a message": {
			spec:    spec{Processors: []processor{p.processor("connect")}},
			request: map[string]any{"ref": ref, "method": "INVITE"},
			code:    codes.InvalidArgument, says: []string{"message"},
		},
		"request whose message has no type": {
			spec:    spec{Processors: []processor{p.processor("connect")}},
			request: map[string]any{"ref": ref, "method": "INVITE", "message": map[string]any{"body": "b"}},
			code:    codes.InvalidArgument, says: []string{"message_type"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.request == nil {
				tt.request = invite(t)
			}
			got := startClient(t, startDispatcher(t, tt.spec).addr).refusal(t, tt.request)

			equal(t, "code", got.Code, tt.code)
			if tt.message != "" {
				equal(t, "message", got.Message, tt.message)
			}
			for _, part := range tt.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("message = %q, want it to contain %q", got.Message, part)
				}
			}
		})
	}
}
