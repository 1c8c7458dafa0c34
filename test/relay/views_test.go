package relay

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unlikeSeries are those that measure time, say what is going on this moment, or name the configuration; and the one
// that says which way was taken.
var unlikeSeries = regexp.MustCompile(`_seconds_(bucket|sum)|_timestamp_seconds|config_info|messages_relayed_total|` +
	`(limit_used|fleet_instances|in_flight)\{|in_flight \d`)

// series are the dispatcher's own of a page of metrics.
func series(text string) (all []string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "routr_dispatcher_") && !unlikeSeries.MatchString(line) {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}

// unlikePages are the fields of the admin API's answers that no two runs have in common: names, times, how the
// connections stand, and samples of times: an instance may say that the time is up before our clock does, and answered
// then.
var unlikePages = regexp.MustCompile(`^(state|reason|healthy|changes|id|lastId|lastHit|lastHitId|decision|example|` +
	`file|time|since|from|at|.*At|.*Ns|first|last|next|oldest|newest|samples)$`)

// page is an answer of the admin API, a line for each value, without what differs from run to run.
func (s *side) page(t *testing.T, path string) (all []string) {
	t.Helper()
	var v any
	text := s.get(t, path)
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %.1000s", err, text)
	}
	return flat("", v)
}

// flat are the values of a JSON document, each with its path.
func flat(path string, v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			of := v[key]
			if _, deeper := of.(map[string]any); !deeper && of != nil && unlikePages.MatchString(key) {
				of = "…"
			}
			if _, series := of.([]any); series && key == "inFlight" {
				of = "…" // as it was when a second began
			}
			if key == "calls" && strings.Contains(path, ".instances[") {
				of = "…" // grpc-go begins a call anew whose connection ends in that moment
			}
			if key == "message" && strings.HasSuffix(path, ".lastFailure") {
				of = "…" // by grpc-go an instance answered or not by which of two events came first
			}
			all = append(all, flat(path+"."+key, of)...)
		}
	case []any:
		if sum, ok := total(v); ok {
			return []string{fmt.Sprintf("%s: %v in all", path, sum)}
		}
		for i, e := range v {
			all = append(all, flat(fmt.Sprintf("%s[%d]", path, i), e)...)
		}
	default:
		all = append(all, roughly(fmt.Sprintf("%s: %v", path, v)))
	}
	return all
}

// total adds numbers up, such as those of a time series.
func total(all []any) (sum float64, ok bool) {
	for _, v := range all {
		n, ok := v.(float64)
		if !ok {
			return 0, false
		}
		sum += n
	}
	return sum, len(all) > 0
}
