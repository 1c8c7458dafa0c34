package app

import (
	"strconv"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/admin"
)

func TestOfManyThatAreDownAFewAreNamed(t *testing.T) {
	refs := make([]string, 10_000)
	for i := range refs {
		refs[i] = "tenant-" + strconv.Itoa(i)
	}
	all := without(admin.ReasonProcessor, refs)
	last := all[len(all)-1]
	if len(all) != namedRefs+1 || *all[0].Ref != "tenant-0" || last.Kind != admin.ReasonMore || last.Ref != nil ||
		!strings.Contains(last.Text, "9980 more") {
		t.Errorf("%d reasons, the last one %+v", len(all), last)
	}
	if all := without(admin.ReasonMiddleware, refs[:1]); len(all) != 1 ||
		all[0].Text != "middleware ref = tenant-0 has no healthy instance" {
		t.Errorf("%+v", all)
	}
}
