package admin

import (
	"net/http"
	"time"
)

// session is who may do what here, and what process this is.
type session struct {
	Access    string `json:"access"` // how the caller came in: loopback or token
	Version   string `json:"version"`
	StartedAt string `json:"startedAt"`
	Now       string `json:"now"`
	BootID    string `json:"bootId"`   // differs after every start; ids of decisions begin with it
	Demo      bool   `json:"demo"`     // the built-in demo runs, without a file
	ReadOnly  bool   `json:"readOnly"` // nothing here can be changed: there is no file to read again
}

func (d *door) session(w http.ResponseWriter, _ *http.Request) error {
	return reply(w, session{
		Access: d.access.way(), Version: d.opts.Version, StartedAt: at(d.opts.StartedAt), Now: at(time.Now()),
		BootID: d.opts.Decisions.BootID(), Demo: d.opts.Demo, ReadOnly: d.opts.Demo,
	})
}
