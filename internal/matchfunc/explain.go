package matchfunc

// Explanation is what a rule said to one message, and why.
type Explanation struct {
	Matched  bool
	Value    string // what the rule returned, as JSON cut at 1 kB, or a few words where it has none; empty where it failed
	Err      *EvalError
	Operands []Operand
}

// Operand is one part of a rule's tree of &&, ||, !, ?? , ?: and comparisons, in the order of the source, an outer one
// before those within it.
type Operand struct {
	From      Place  `json:"from"`
	To        Place  `json:"to"`   // behind the last character
	Text      string `json:"text"` // of the source, cut at 200 characters
	Evaluated bool   `json:"evaluated"`
	Truthy    bool   `json:"truthy"`          // of the last value, where it was evaluated
	Value     string `json:"value,omitempty"` // JSON of the last value, cut at 200 bytes
	Times     int    `json:"times"`           // how often it was evaluated: more than once within a loop or a callback
}
