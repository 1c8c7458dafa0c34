package backend

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestAWordOfHealthCountsWhenItHasHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, all := connected(t, 2, Ejection{})
		defer f.close()
		says := func(down bool, hold time.Duration, want string) {
			t.Helper()
			f.said(t.Context(), all[0], down, false)
			time.Sleep(hold)
			synctest.Wait()
			if got := callable(f); got != want {
				t.Fatalf("%q are called %v after it said so, want %q", got, hold, want)
			}
		}
		says(true, downAfter-1, "ab")
		says(false, time.Minute, "ab") // it took it back in time
		says(true, downAfter-1, "ab")
		says(true, 1, "b") // again is not anew
		says(false, upAfter-1, "b")
		says(true, time.Minute, "b")
		says(false, upAfter, "ab")
	})
}

func TestANewConnectionIsBelievedWhenItSaysThatItCantServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, all := connected(t, 2, Ejection{})
		defer f.close()
		all[0].health.pending = true
		f.said(t.Context(), all[0], true, false)
		if got := callable(f); got != "b" {
			t.Errorf("%q are called", got)
		}
		f.said(t.Context(), all[0], false, true) // after a restart, without the service
		if got := callable(f); got != "ab" {
			t.Errorf("%q are called", got)
		}
	})
}

func TestAnInstanceThatLetsNobodyWatchIsAsHealthyAsItsConnection(t *testing.T) {
	for _, code := range []codes.Code{codes.PermissionDenied, codes.Unauthenticated, codes.NotFound, codes.Internal} {
		t.Run(code.String(), func(t *testing.T) {
			peer := peertest.StartWith(t, peertest.Listen(t), peertest.Echo(), grpc.StreamInterceptor(
				func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
					if info.FullMethod == grpc_health_v1.Health_Watch_FullMethodName {
						return status.Error(code, "not for you")
					}
					return next(srv, stream)
				}))
			callOf(t, newFleetOf(t, addrs(peer)), "x")
		})
	}
}

func TestAnInstanceThatNeverSaysHowItIsGetsCalls(t *testing.T) {
	peer := peertest.StartWith(t, peertest.Listen(t), peertest.Echo(), grpc.StreamInterceptor(
		func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			if info.FullMethod == grpc_health_v1.Health_Watch_FullMethodName {
				<-stream.Context().Done()
				return context.Cause(stream.Context())
			}
			return next(srv, stream)
		}))
	callOf(t, newBackend(t, peer.Addr), "x")
}
