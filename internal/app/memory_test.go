package app

import (
	"testing"
	"testing/fstest"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

func TestTheMemoryOfTheContainerIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64 // 0: none
	}{
		"none": {},
		"version 2, in a container": {
			map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, 1 << 30,
		},
		"version 2, without a limit": {
			map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, 0,
		},
		"version 2, the one above": {map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/memory.max": "1000\n",
			"sys/fs/cgroup/a/b/memory.max": "2000\n",
		}, 1000},
		"version 1": {map[string]string{
			"proc/self/cgroup":                                    "9:pids:/p\n4:memory:/docker/x\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":          "9223372036854771712\n",
			"sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "4096\n",
		}, 4096},
		"version 1, without a limit": {map[string]string{
			"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 0},
		"version 1, the host's path": {map[string]string{
			"proc/self/cgroup": "4:memory:/docker/x\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "5000\n",
		}, 5000},
	} {
		root := fstest.MapFS{}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		limit, ok := containerMemory(root)
		if ok != (c.want > 0) || ok && limit != c.want {
			t.Errorf("%s: %d, %v", name, limit, ok)
		}
	}
}

func TestTheBudgetIsWhatTheLimitOnMemoryLeaves(t *testing.T) {
	cfg := &config.Config{}
	cfg.Spec.MaxMessageBytes, cfg.Spec.Decisions.MaxBytes = 4<<20, 32<<20
	for memory, want := range map[int64]int64{1 << 30: (1<<30 - 88<<20) / 12, 64 << 20: 9 << 20} {
		cfg.Spec.Limits.Memory = memory
		if got := newBudget(cfg).Max(); got != want {
			t.Errorf("%d bytes of memory leave %d for requests", memory, got)
		}
	}
	if got := leastMemory(cfg); got != 196<<20 {
		t.Errorf("the least memory is %d MiB", got>>20)
	}
}
