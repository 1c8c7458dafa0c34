package siptext

import (
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// conversion is one message on its way from text to protobuf.
type conversion struct {
	msg       *routrpb.SIPMessage
	method    routrpb.Method // the request line's, or the CSeq's of a response
	response  bool
	transport span // where the top Via has it
	seen      map[string]bool
	problems  []error
}

// maxProblems bounds how many problems of one text are reported.
const maxProblems = 20

// note keeps a problem, unless err is nil.
func (c *conversion) note(err error) {
	if err != nil {
		c.problems = append(c.problems, err)
	}
}

// full says that enough problems were found.
func (c *conversion) full() bool { return len(c.problems) >= maxProblems }

// single are the header fields a message can't have two of (RFC 3261, section 7.3.1). An EdgePort
// would take one of the two; which one is nothing to rely on.
var single = []string{"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Expires"}

// required are those no EdgePort takes a message without. Max-Forwards isn't among them, because
// RFC 2543 didn't know it.
var required = []string{"Via", "From", "To", "Call-ID", "CSeq"}

// header puts one header field into its place in the message.
func (c *conversion) header(f field) {
	if c.seen[f.name] && slices.Contains(single, f.name) {
		c.note(f.at.errorf("%s is there twice", f.name))
		return
	}
	c.seen[f.name] = true
	c.note(c.value(f))
}

// value reads the value of a header field that SIPMessage has a field for; every other one is an
// extension.
func (c *conversion) value(f field) (err error) {
	v := f.value
	switch f.name {
	case "Via":
		return c.via(v)
	case "From":
		return c.from(v)
	case "To":
		return c.to(v)
	case "Contact":
		return c.contact(v)
	case "Route":
		return c.route(v)
	case "Record-Route":
		return c.recordRoute(v)
	case "Authorization":
		return c.authorization(v)
	case "WWW-Authenticate":
		return c.wwwAuthenticate(v)
	case "Call-ID":
		return c.callID(v)
	case "Content-Length":
		c.msg.ContentLength = &routrpb.ContentLength{}
		c.msg.ContentLength.ContentLength, err = v.number(f.name, 0, maxInt32)
	case "Max-Forwards":
		c.msg.MaxForwards = &routrpb.MaxForwards{}
		c.msg.MaxForwards.MaxForwards, err = v.number(f.name, 0, 255)
	case "Expires":
		c.msg.Expires = &routrpb.Expires{}
		c.msg.Expires.Expires, err = v.number(f.name, 0, maxInt32)
	default:
		if f.name == "CSeq" {
			err = c.readCSeq(v)
		}
		c.msg.Extensions = append(c.msg.Extensions, &routrpb.Extension{Name: f.name, Value: v.String()})
	}
	return err
}

func (c *conversion) callID(v span) error {
	if v.empty() || strings.ContainsAny(v.raw(), whitespace) {
		return v.errorf("the Call-ID is %s, expected one word", quoted(v.String()))
	}
	c.msg.CallId = &routrpb.CallID{CallId: v.String()}
	return nil
}

// readCSeq checks `number METHOD`; what a response answers stands only here.
func (c *conversion) readCSeq(v span) error {
	end := strings.IndexAny(v.raw(), whitespace)
	if end < 0 {
		return v.errorf("the CSeq is %s, expected a number and a method", quoted(v.String()))
	}
	if _, err := v.sub(0, end).number("the CSeq number", 0, maxInt32); err != nil {
		return err
	}
	if !c.response && c.method == routrpb.Method_UNKNOWN {
		return nil // the request line has a problem; one is enough
	}
	name := v.sub(end, v.len()).trim()
	method, err := methodOf(name)
	if err != nil {
		return err
	}
	if !c.response && c.method != method {
		return name.errorf("the CSeq names %s, but the request is %s", method, c.method)
	}
	c.method = method
	return nil
}

// check reports the header fields that are missing.
func (c *conversion) check(start span) {
	var missing []string
	for _, name := range required {
		if !c.seen[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		c.note(start.errorf("the message has no %s", strings.Join(missing, ", no ")))
	}
}

// sender tells who sent the message: the top Via of a request; for a response only its transport
// is known from the text.
func (c *conversion) sender(opts Options) *routrpb.NetInterface {
	if len(c.msg.Via) == 0 {
		return nil
	}
	via := c.msg.Via[0]
	transport, ok := routrpb.Transport_value[strings.ToUpper(via.Transport)]
	if !ok {
		c.note(c.transport.errorf("transport %s has no place in a MessageRequest: an EdgePort refuses it",
			quoted(via.Transport)))
		return nil
	}
	sender := &routrpb.NetInterface{Host: via.Host, Port: via.Port, Transport: routrpb.Transport(transport)}
	if c.response {
		o := opts.withDefaults()
		sender.Host, sender.Port = o.ResponseHost, o.ResponsePort
	}
	return sender
}
