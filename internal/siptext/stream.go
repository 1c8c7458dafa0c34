package siptext

import "strings"

// frame is where the first message of a stream ends, and why it doesn't.
type frame struct {
	body    int    // where its body begins
	end     int    // behind its body
	trouble string // why nothing is delivered
}

// badLength is why nothing comes of a stream in which bodies can't be told from heads.
const badLength = "the EdgePort closes the connection, for Content-Length isn't a number of 0 or more right behind " +
	"its colon"

// frameOf finds the first message of a stream as the stack does: its head ends at a CRLF on its own, and the length of
// its body is behind the last line that begins with Content-Length.
func frameOf(text string) frame {
	var length int32
	hasCallID, began := false, false
	for at := 0; at < len(text); {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		raw := text[at : at+n+1]
		at += n + 1
		if n := returns(raw); n > 2 || n == 2 && raw[2] == '\n' {
			return frame{trouble: "the EdgePort closes the connection, for a line begins with several carriage returns"}
		}
		line := strings.ReplaceAll(raw, "\r", "")
		if line == "\n" && strings.HasPrefix(raw, "\r") {
			if !began {
				continue
			}
			return finish(text, at, length, hasCallID)
		}
		began = true
		rest, isLength, isCallID := lengthLine(decode(line))
		if isLength {
			var ok bool
			if length, ok = parseInt(trim(rest)); !ok {
				return frame{trouble: badLength}
			}
		}
		if isCallID {
			hasCallID = trim(rest) != ""
		}
	}
	return frame{trouble: "over a stream a head ends at an empty line that ends in CRLF, and there is none: the " +
		"EdgePort waits for more"}
}

// returns counts the carriage returns that a line begins with. The stack of a stream keeps no carriage return but a
// single one in front of a line, which it moves behind the line feed: there it reads as an empty line, and ends the
// head.
func returns(line string) int { return len(line) - len(strings.TrimLeft(line, "\r")) }

// lengthLine looks for what the stack looks for in a stream's lines, and returns what is behind the colon.
func lengthLine(line string) (rest string, length, callID bool) {
	const contentLength, call = "content-length", "call-id"
	low := lower(line)
	switch {
	case strings.HasPrefix(low, contentLength):
		return line[min(len(contentLength)+1, len(line)):], true, false
	case strings.HasPrefix(low, call):
		return line[min(len(call)+1, len(line)):], false, true
	}
	return "", false, false
}

// finish checks a head that is complete.
func finish(text string, at int, length int32, hasCallID bool) frame {
	if length < 0 {
		return frame{trouble: badLength}
	}
	if at+int(length) > len(text) {
		return frame{trouble: "the body is shorter than Content-Length: over a stream the EdgePort waits for more"}
	}
	if !hasCallID {
		return frame{trouble: "the EdgePort closes the connection, for no line begins with Call-ID, and over a " +
			"stream it doesn't know the short name"}
	}
	return frame{body: at, end: at + int(length)}
}
