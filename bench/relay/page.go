package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// The tables of a page stand between these, and nothing else does.
const (
	tablesBegin = "<!-- make figures writes from here -->\n"
	tablesEnd   = "<!-- to here -->\n"
)

// readReport reads what write has written.
func readReport(path string) (r report, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("read figures from %s: %w", path, err)
	}
	return r, nil
}

// putInto replaces the tables of a page by the report's.
func (r *report) putInto(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(tablesBegin))
	_, after, ends := bytes.Cut(rest, []byte(tablesEnd))
	if !begins || !ends {
		return fmt.Errorf("%s has no place for tables: %q and %q", path, tablesBegin, tablesEnd)
	}
	var page bytes.Buffer
	page.Write(before)
	page.WriteString(tablesBegin + "\n")
	r.print(&page)
	page.WriteString("\n" + tablesEnd)
	page.Write(after)
	return os.WriteFile(path, page.Bytes(), 0o644)
}
