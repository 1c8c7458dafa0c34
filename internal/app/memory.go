package app

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

const (
	// costOfByte is how many bytes of memory a byte may cost that a request in work counts for: its inflated body lies
	// in buffers that doubled, was converted, is looked at by rules, was sent on, and all that isn't collected at once.
	costOfByte = 12
	// metricsBytes is what a look at the metrics counts for.
	metricsBytes = 64 << 10
	// idleMemory is what the process takes without a request, beside the decisions that it keeps.
	idleMemory = 40<<20 + decision.MaxWatchBytes
	// usualMemory is the limit where neither the configuration nor the container has one.
	usualMemory = 512 << 20
)

// MemoryLimit is how much memory the process may take: spec.limits.memory, or half of what its container has.
func MemoryLimit(cfg *config.Config) int64 {
	if limit := cfg.Spec.Limits.Memory; limit > 0 {
		return limit
	}
	if limit, ok := containerMemory(os.DirFS("/")); ok {
		return limit / 2
	}
	return usualMemory
}

// newBudget returns the budget of bytes in work: what is left of the memory, and room for one message at least.
func newBudget(cfg *config.Config) *server.Budget {
	left := MemoryLimit(cfg) - idleMemory - cfg.Spec.Decisions.MaxBytes
	return server.NewByteBudget(max(left/costOfByte, leastBudget(cfg)))
}

// leastBudget has room for one of the largest messages, on a connection of its own.
func leastBudget(cfg *config.Config) int64 { return 2*cfg.Spec.MaxMessageBytes + 1<<20 }

// leastMemory is the limit on memory below which what is promised of it doesn't hold.
func leastMemory(cfg *config.Config) int64 {
	return leastBudget(cfg)*costOfByte + idleMemory + cfg.Spec.Decisions.MaxBytes
}

// containerMemory is the limit of the process's control group, or of one above it, of either version (cgroups(7)).
func containerMemory(root fs.FS) (limit int64, ok bool) {
	limit = math.MaxInt64
	groups, _ := fs.ReadFile(root, "proc/self/cgroup") // there is none elsewhere than on Linux
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(parts) < 3:
		case parts[0] == "0":
			limit = min(limit, groupMemory(root, "sys/fs/cgroup", parts[2], "memory.max"))
		case parts[1] == "memory":
			limit = min(limit, groupMemory(root, "sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"))
		}
	}
	return limit, limit < 1<<60 // the first version's word for none is a number near the largest
}

// groupMemory is the least limit of a group and those above it. In a container the path may be the host's, and only the
// group at the mount be there.
func groupMemory(root fs.FS, mount, group, file string) int64 {
	limit := int64(math.MaxInt64)
	for dir := path.Join("/", group); ; dir = path.Dir(dir) {
		text, err := fs.ReadFile(root, path.Join(mount, dir, file))
		if n, wrong := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && wrong == nil {
			limit = min(limit, n) // "max" is no number
		}
		if dir == "/" {
			return limit
		}
	}
}
