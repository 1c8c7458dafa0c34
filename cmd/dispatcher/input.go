package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

// stdinName stands for the standard input where places in it are shown.
const stdinName = "<stdin>"

// stdin is the standard input. Whatever asks for it first has it.
type stdin struct {
	io.Reader
	taken bool
}

// take hands the standard input out, once.
func (s streams) take() (io.Reader, error) {
	if in, ok := s.in.(*stdin); ok {
		if in.taken {
			return nil, &usageError{errors.New("- stands for the standard input, and it was named twice")}
		}
		in.taken = true
	}
	return s.in, nil
}

// read returns what a file holds, or the standard input for -, and what it is called. It is bounded by most bytes.
func (s streams) read(path, what string, most int64) (name string, text []byte, err error) {
	name = path
	var in io.Reader
	if path == "-" {
		name = stdinName
		if in, err = s.take(); err != nil {
			return "", nil, err
		}
	} else {
		file, err := os.Open(path)
		if err != nil {
			return "", nil, &usageError{fmt.Errorf("read %s: %w", what, err)}
		}
		defer file.Close() // only read
		in = file
	}
	text, err = io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return "", nil, &usageError{fmt.Errorf("read %s: %w", what, err)}
	}
	if int64(len(text)) > most {
		return "", nil, &usageError{fmt.Errorf("read %s: %s is larger than %d bytes", what, name, most)}
	}
	return name, text, nil
}

// unread is the problem with a file among several that can't be read.
func unread(path string, err error) config.Problem {
	return config.Problem{File: path, Message: err.Error(), Severity: config.SeverityError}
}

// configText returns the text of a configuration, and what it is called. A file is read as serve reads it.
func (s streams) configText(path string) (name string, text []byte, err error) {
	if path == "-" {
		return s.read(path, "configuration", config.MaxBytes)
	}
	if text, err = config.Read(path); err != nil {
		return "", nil, &usageError{err}
	}
	return path, text, nil
}

// offline builds what cfg describes, for a command that calls nobody. The caller closes it.
func offline(cfg *config.Config) (*app.Pipeline, error) {
	return app.NewPipeline(cfg, backend.NewPool(), "routr-dispatcher/"+versionString())
}

// demoConfig is the demo's, which listens elsewhere where addr says so.
func demoConfig(addr string) (*config.Config, error) {
	text := sample.DemoConfig()
	if addr != "" {
		text = bytes.Replace(text, []byte("bindAddr: 127.0.0.1:51901"), []byte("bindAddr: "+strconv.Quote(addr)), 1)
	}
	return config.Parse("built-in demo", text)
}

// load reads the configuration, or falls back on the demo where none is found. Its rules are compiled later, once.
func load(flag string, s streams) (cfg *config.Config, demo bool, err error) {
	path, found := config.Find(flag, s.getenv)
	if !found {
		cfg, err = demoConfig("")
		return cfg, true, err
	}
	name, text, err := s.configText(path)
	if err != nil {
		return nil, false, err
	}
	if cfg, err = config.Parse(name, text); err != nil {
		if _, whole := app.Parse(name, text); whole != nil {
			err = whole // with what is wrong in the rules, too
		}
		return nil, false, &usageError{err}
	}
	return cfg, false, nil
}
