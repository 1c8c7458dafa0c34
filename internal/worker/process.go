package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

const (
	startLimit = 10 * time.Second // until a child is ready
	reapLimit  = time.Second      // that its error output may stay open after it ended
	maxStderr  = 4 << 10          // bytes kept of that
)

// child is a process that runs Main. One goroutine at a time may use it.
type child struct {
	cmd    *exec.Cmd
	in     *os.File // the parent's ends
	out    *os.File
	pipe   pipe
	stderr *head
	memory *memory
	base   int64 // resident bytes when it was ready
	calls  int

	missing string // what doesn't hold it, that might: empty for nothing

	once   sync.Once
	exited chan struct{} // closed when the process has been reaped
	status error         // how it ended, once exited is closed
}

// startChild starts a process and waits until it is ready.
func startChild(ctx context.Context, command []string, memoryLimit int64) (*child, error) {
	if err := keepDescriptors(); err != nil {
		return nil, fmt.Errorf("start a rule worker: keep descriptors from it: %w", err)
	}
	who := another()
	c, err := launch(command, who)
	if err != nil && who != nil { // the file isn't theirs to run, or the kernel won't have it
		refused := err
		if c, err = launch(command, nil); err == nil {
			c.missing = fmt.Sprintf("it isn't another user: %v", refused)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start a rule worker: %w", err)
	}
	w := startWatch(ctx, c, bounds{startLimit, memoryLimit})
	err = c.greet(memoryLimit)
	if cause := w.stop(); cause != nil && ctx.Err() != nil {
		err = cause
	} else if cause != nil {
		err = fmt.Errorf("start a rule worker: %v", cause) //nolint:errorlint // no limit that a rule has hit
	}
	if err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// launch starts the process with nothing but its pipes. Of the environment it gets the time zone, as rules see dates.
func launch(command []string, who *credential) (*child, error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	defer theirOut.Close()
	c := &child{in: in, out: out, pipe: newPipe(out, in), stderr: &head{}, exited: make(chan struct{})}
	c.cmd = exec.Command(command[0], command[1:]...) //nolint:noctx // it outlives the call; configured by the program itself
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = theirIn, theirOut, c.stderr
	c.cmd.Dir, c.cmd.Env, c.cmd.WaitDelay = "/", []string{}, reapLimit
	if zone, ok := os.LookupEnv("TZ"); ok {
		c.cmd.Env = append(c.cmd.Env, "TZ="+zone)
	}
	c.cmd.SysProcAttr = confineCommand(who)
	if err := c.cmd.Start(); err != nil {
		c.closePipes()
		return nil, err
	}
	c.memory, err = openMemory(strconv.Itoa(c.cmd.Process.Pid))
	go c.reap()
	if err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// greet sends the settings and waits until the child is ready.
func (c *child) greet(memoryLimit int64) error {
	data, err := json.Marshal(settings{MemoryLimit: memoryLimit})
	if err != nil {
		return err
	}
	if err := c.pipe.send(data); err != nil {
		return c.crashed(err)
	}
	data, err = c.pipe.read()
	if err != nil {
		return c.crashed(err)
	}
	var ready readiness
	if err := json.Unmarshal(data, &ready); err != nil {
		return c.crashed(fmt.Errorf("read what it says of itself: %w", err))
	}
	if ready.Missing != "" {
		c.missing = cut(strings.TrimPrefix(c.missing+"; "+ready.Missing, "; "))
	}
	c.base, err = c.memory.resident()
	return err
}

// call has the child do a job. After an error that isn't a *matchfunc.SourceError the child is of no more use.
func (c *child) call(ctx context.Context, r Request, b bounds) (Response, error) {
	c.calls++
	w := startWatch(ctx, c, b)
	a, err := c.exchange(r)
	if cause := w.stop(); cause != nil {
		return Response{}, cause
	}
	if err != nil {
		return Response{}, c.crashed(err)
	}
	if a.SourceError != nil {
		return Response{}, a.SourceError
	}
	return a.Response, nil
}

func (c *child) exchange(r Request) (*answer, error) {
	if err := c.pipe.sendJob(r); err != nil {
		return nil, err
	}
	return c.pipe.readAnswer(len(r.Messages))
}

// crashed ends the child and says what is known of its failure.
func (c *child) crashed(err error) error {
	c.end()
	text := fmt.Sprint(c.status)
	if line := c.stderr.line(); line != "" {
		text += ": " + line
	}
	return fmt.Errorf("%w: %v (%s)", ErrCrashed, err, text) //nolint:errorlint // ErrCrashed is what it is
}

// reap waits for the process to end. It runs as long as the process does.
func (c *child) reap() {
	defer close(c.exited)
	defer panics.Caught("wait for a rule worker")
	c.status = c.cmd.Wait()
}

// alive reports whether the process still runs.
func (c *child) alive() bool {
	select {
	case <-c.exited:
		return false
	default:
		return true
	}
}

// kill makes the process end, and whoever waits for its pipes go on.
func (c *child) kill() {
	c.cmd.Process.Kill() //nolint:errcheck // it fails where the process has ended
	c.closePipes()
}

func (c *child) closePipes() {
	c.in.Close()
	c.out.Close()
}

// end kills the process and waits until nothing is left of it.
func (c *child) end() {
	c.kill()
	<-c.exited
	if c.memory != nil {
		c.once.Do(c.memory.close)
	}
}

// head keeps the beginning of what is written to it.
type head struct {
	mu   sync.Mutex
	kept []byte
}

// Write takes everything and keeps what there is room for.
func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, p[:min(len(p), maxStderr-len(h.kept))]...)
	return len(p), nil
}

// line returns the first line.
func (h *head) line() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	first, _, _ := bytes.Cut(h.kept, []byte("\n"))
	return cut(string(first))
}
