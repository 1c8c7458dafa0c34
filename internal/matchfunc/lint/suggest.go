package lint

import (
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/spelling"
)

// didYouMean returns `: did you mean "x"?` for the candidate that is nearest to a word, or nothing where none is near.
func didYouMean(name string, candidates []string) string {
	best := spelling.Nearest(name, candidates)
	if best == "" {
		return ""
	}
	return ": did you mean " + strconv.Quote(best) + "?"
}
