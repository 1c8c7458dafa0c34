package hostile

import (
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// relayed makes spec say that messages take the relay, and that whoever doesn't go on is soon gone.
const relayed = `relay: auto
limits: {readHeaderTimeout: 2s, readTimeout: 2s, writeTimeout: 2s, idleTimeout: 4s, memory: 512MiB, inFlight: 20000}`

// TestNeighboursOfTheRelayAreServedDuringAnAttackAndMemoryIsBounded attacks the program with the relay. One neighbour
// goes to a processor of its own, one to that of the attackers' messages, on the same lane. As many messages may be in
// flight as attackers have streams: some of theirs are in order, and a plain flood is no matter of this test's.
func TestNeighboursOfTheRelayAreServedDuringAnAttackAndMemoryIsBounded(t *testing.T) {
	withstand(t, 512<<20, func(t *testing.T) (*victim, func() int) {
		d := dispatch(t, resource(echo(t), echo(t), relayed))
		calm, same := callers(t, d.addr, 1), callersOf(t, d.addr, 1, routrpb.Method_MESSAGE)
		d.eventually(t, "the relay leads neighbours", func() bool {
			return d.metric(t, "routr_dispatcher_messages_relayed_total") > 10
		})
		return d.victim, func() int { return min(len(calm()), len(same())) }
	})
}
