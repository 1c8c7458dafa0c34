package worker

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// memory reads how much memory a process has. The open file belongs to that process and to none that gets its id later.
type memory struct{ statm *os.File }

// openMemory looks at a process by its id, or "self".
func openMemory(pid string) (*memory, error) {
	f, err := os.Open("/proc/" + pid + "/statm")
	if err != nil {
		return nil, err
	}
	return &memory{f}, nil
}

func (m *memory) close() { m.statm.Close() } // only read

// resident returns the bytes that the process has in RAM.
func (m *memory) resident() (int64, error) { return m.field(1) }

// data returns the bytes that the process may write to and that RLIMIT_DATA counts.
func (m *memory) data() (int64, error) { return m.field(5) }

// field reads a field of proc_pid_statm(5), which counts pages.
func (m *memory) field(i int) (int64, error) {
	var buf [128]byte
	n, err := m.statm.ReadAt(buf[:], 0)
	if n == 0 {
		return 0, fmt.Errorf("read the memory of a process: %w", err)
	}
	fields := bytes.Fields(buf[:n])
	if len(fields) <= i {
		return 0, fmt.Errorf("read the memory of a process: %q", buf[:n])
	}
	pages, err := strconv.ParseInt(string(fields[i]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
