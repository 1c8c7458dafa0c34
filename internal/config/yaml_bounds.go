package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// goccy/go-yaml takes quadratic time for some texts and recurses once for each key of a mapping. The
// two checks here keep such texts away from it; nothing a configuration needs comes near their bounds.
const (
	maxMarks     = 1 << 20 // places where a token may begin or end; each takes the parser about 2 kB
	maxScanSteps = 1 << 30 // of the scanner's inner loops, counted by affordable
	maxKeys      = 256     // in one mapping
	maxKeyLength = 256     // bytes; the parser copies the keys above a value into the value's path
	maxNulls     = 1000    // left out values; the parser moves every later token for each
	maxTags      = 8       // tags and anchors in a row
)

// affordable refuses texts that the scanner would take too long for.
func affordable(t text) error {
	steps, blank, marks := 0, 0, 0
	for i, line := range t.lines {
		// For each < of a run, and each tab between quotes, the scanner looks at the rest of the run or line.
		steps += strings.Count(line, "<<") * len(line)
		steps += strings.Count(line, "\t") * len(line)
		// For each blank line at the end of a block scalar, the scanner copies the scalar.
		if strings.TrimSpace(line) != "" {
			blank = 0
		} else if blank++; blank > 32 {
			steps += len(t.body)
		}
		if steps > maxScanSteps {
			return &fault{position{i + 1, 1}, "too many blank lines, tabs or < characters"}
		}
		if marks += countMarks(line); marks > maxMarks {
			return &fault{position{i + 1, 1}, "the file holds too many values"}
		}
	}
	return nil
}

// countMarks is about how many tokens the line has.
func countMarks(line string) int {
	marks := 1
	for i := range len(line) {
		switch line[i] {
		case ',', '[', ']', '{', '}', '"', '\'', '#':
			marks++
		case ':', '-', '?', '!', '&', '*', '|', '>', '%':
			if i == 0 || line[i-1] == ' ' || i+1 == len(line) || line[i+1] == ' ' {
				marks++
			}
		}
	}
	return marks
}

// level is one open mapping or list while tokens are counted.
type level struct {
	flow   token.Type // MappingStartType, SequenceStartType, or 0 for a block
	column int        // of a block's keys or dashes
	keys   int
	paired bool // a colon was seen since the last comma of a flow mapping
}

// tokenBounds walks the tokens once, keeping just enough structure to count.
type tokenBounds struct {
	open  []level
	last  *token.Token // the token before
	key   *token.Token // the key before the last colon
	nulls int
	tags  int
}

// bounded refuses token sequences that the parser would recurse into too deep or take too long for.
func bounded(tokens token.Tokens) error {
	var b tokenBounds
	for _, t := range tokens {
		if t.Type == token.CommentType {
			continue
		}
		if b.leavesOut(t) {
			b.nulls++
		}
		b.nest(t)
		b.decorate(t)
		if message := b.excess(t); message != "" {
			return &fault{place(t), message}
		}
		b.last = t
	}
	return nil
}

// excess says what there is too much of, if anything.
func (b *tokenBounds) excess(t *token.Token) string {
	switch {
	case len(b.open) > maxDepth:
		return fmt.Sprintf("values nest deeper than %d levels", maxDepth)
	case len(b.open) > 0 && b.top().keys > maxKeys:
		return fmt.Sprintf("a mapping has more than %d keys", maxKeys)
	case t.Type == token.MappingValueType && b.last != nil && len(b.last.Value) > maxKeyLength:
		return fmt.Sprintf("a key is longer than %d bytes", maxKeyLength)
	case b.nulls > maxNulls:
		return fmt.Sprintf("more than %d values are left out", maxNulls)
	case b.tags > maxTags:
		return fmt.Sprintf("more than %d tags or anchors in a row", maxTags)
	}
	return ""
}

func (b *tokenBounds) top() *level { return &b.open[len(b.open)-1] }

func (b *tokenBounds) inFlow() bool { return len(b.open) > 0 && b.top().flow != 0 }

// nest keeps the stack of open mappings and lists.
func (b *tokenBounds) nest(t *token.Token) {
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		b.open = append(b.open, level{flow: t.Type})
	case token.MappingEndType, token.SequenceEndType:
		if b.inFlow() {
			b.open = b.open[:len(b.open)-1]
		}
	case token.CollectEntryType:
		if b.inFlow() {
			b.top().paired = false
		}
	case token.DocumentHeaderType, token.DocumentEndType:
		b.open = nil
	case token.SequenceEntryType, token.MappingKeyType:
		b.entry(t.Position.Column, 0)
	case token.MappingValueType:
		if b.key = b.last; b.key != nil {
			b.entry(b.key.Position.Column, 1)
		}
	}
}

// entry counts a key or dash at a column: in its block it closes the deeper blocks first.
func (b *tokenBounds) entry(column, keys int) {
	if !b.inFlow() {
		for len(b.open) > 0 && !b.inFlow() && b.top().column > column {
			b.open = b.open[:len(b.open)-1]
		}
		if len(b.open) == 0 || b.inFlow() || b.top().column < column {
			b.open = append(b.open, level{column: column})
		}
	}
	b.top().keys += keys
	b.top().paired = true
}

// leavesOut reports that a value is missing before the token.
func (b *tokenBounds) leavesOut(t *token.Token) bool {
	if b.last == nil {
		return false
	}
	ends := t.Type == token.CollectEntryType || t.Type == token.MappingEndType
	if ends && b.inFlow() && b.top().flow == token.MappingStartType && !b.top().paired {
		return true // {a, b}
	}
	column := t.Position.Column
	switch b.last.Type {
	case token.SequenceEntryType:
		return column <= b.last.Position.Column
	case token.MappingValueType:
		return ends || b.key != nil && (column < b.key.Position.Column ||
			column == b.key.Position.Column && t.Type != token.SequenceEntryType)
	}
	return false
}

// decorate counts the tags and anchors before one value.
func (b *tokenBounds) decorate(t *token.Token) {
	switch {
	case t.Type == token.TagType || t.Type == token.AnchorType:
		b.tags++
	case b.last != nil && b.last.Type == token.AnchorType: // its name
	default:
		b.tags = 0
	}
}
