package paste

import "github.com/fonoster/routr-dispatcher/internal/siptext"

// Fate is what an EdgePort does with SIP text, as replies show it.
type Fate struct {
	Outcome siptext.Outcome `json:"outcome"`
	Reason  string          `json:"reason"` // empty where the outcome is converted
	Notes   []Note          `json:"notes"`
}

// Note is a note on a part of SIP text. Places count characters (code points).
type Note struct {
	Kind   siptext.Kind `json:"kind"`
	Text   string       `json:"text"`
	Line   int          `json:"line"`   // counted from 1
	Column int          `json:"column"` // counted from 1
	From   int          `json:"from"`   // the part's first character, counted from 0
	To     int          `json:"to"`     // the character behind its last one
}

// Fate returns what an EdgePort does with the text; nil where the message wasn't written as SIP text.
func (r Read) Fate() *Fate {
	if r.Form != "sip" {
		return nil
	}
	return &Fate{r.Outcome, r.Reason, r.PlacedNotes(maxFateNotes)}
}

// maxFateNotes is how many notes a Fate has.
const maxFateNotes = 20

// PlacedNotes returns so many notes at most with their places in the text, never nil.
func (r Read) PlacedNotes(most int) []Note {
	most = max(0, min(len(r.Notes), most))
	notes := make([]Note, 0, most)
	if most == 0 {
		return notes
	}
	at := r.Characters()
	for _, n := range r.Notes[:most] {
		line, column := siptext.Place(r.SIP, n.From)
		notes = append(notes, Note{n.Kind, n.Message, line, column, at(n.From), at(n.To)})
	}
	return notes
}

// Characters returns a function that counts the characters before a byte of SIP, as its text is when it is decoded.
func (r Read) Characters() func(int) int {
	before := make([]int, len(r.SIP)+1)
	for i := 0; i < len(r.SIP); {
		n := siptext.CharLen(r.SIP[i:])
		for k := 1; k <= n; k++ {
			before[i+k] = before[i] + 1
		}
		i += n
	}
	return func(at int) int { return before[at] }
}
