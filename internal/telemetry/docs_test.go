package telemetry

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// series is what a page or the program says of a metric.
type series struct {
	kind, labels string
	details      bool // who isn't let into the admin API doesn't see it
}

// served reads what /metrics says of the dispatcher's own series.
func served(text string, into map[string]series, details bool) {
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (routr_dispatcher_\w+) (\w+)$`).FindAllStringSubmatch(text, -1) {
		if _, known := into[m[1]]; known {
			continue
		}
		sample := regexp.MustCompile(`(?m)^` + m[1] + `(?:_count)?(?:\{(.*)\})? `).FindStringSubmatch(text)
		var labels []string
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(sample[1], -1) {
			labels = append(labels, l[1])
		}
		slices.Sort(labels)
		into[m[1]] = series{m[2], strings.Join(labels, " "), details}
	}
}

// TestTheTableOfMetricsIsTrue holds docs/metrics.md against /metrics.
func TestTheTableOfMetricsIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(page), "\n## ")
	all := map[string]series{}
	m := metrics()
	served(read(m.Open()), all, false)
	served(read(m.All()), all, true)
	word := regexp.MustCompile("`([^`]+)`")
	for _, row := range regexp.MustCompile("(?m)^\\| (`routr[^|]+)\\|([^|]+)\\|([^|]*)\\|([^|]*)\\|$").
		FindAllStringSubmatch(table, -1) {
		names := word.FindAllStringSubmatch(row[1], -1)
		kinds := strings.Split(strings.TrimSpace(row[2]), ", ")
		var labels []string
		for _, l := range word.FindAllStringSubmatch(row[3], -1) {
			labels = append(labels, l[1])
		}
		slices.Sort(labels)
		for i, n := range names {
			name := n[1]
			if rest, short := strings.CutPrefix(name, "…_"); short { // the first one's name, whose end it has
				name = ""
				for begin := names[0][1]; name == "" && strings.Contains(begin, "_"); {
					begin = begin[:strings.LastIndex(begin, "_")]
					if _, known := all[begin+"_"+rest]; known {
						name = begin + "_" + rest
					}
				}
			}
			kind := kinds[0]
			if len(kinds) > 1 && strings.HasPrefix(all[name].kind, "gauge") {
				kind = kinds[len(kinds)-1]
			}
			want := series{kind, strings.Join(labels, " "), strings.TrimSpace(row[4]) == "yes"}
			if got, known := all[name]; !known || got != want {
				t.Errorf("the page says %q (of %s, the %d.) is %+v, and it is %+v", name, names[0][1], i+1, want, got)
			}
			delete(all, name)
		}
	}
	for name, s := range all {
		t.Errorf("docs/metrics.md has no row for %s, %+v", name, s)
	}
}
