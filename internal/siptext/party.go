package siptext

import (
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

func (c *conversion) from(v span) error {
	addr, ps, err := v.address()
	c.msg.From = &routrpb.From{Address: addr, Tag: ps.text("tag"), Parameters: ps.all()}
	return err
}

func (c *conversion) to(v span) error {
	addr, ps, err := v.address()
	c.msg.To = &routrpb.To{Address: addr, Tag: ps.text("tag"), Parameters: ps.all()}
	return err
}

// contact reads every contact and keeps the message's first.
func (c *conversion) contact(v span) error {
	parts, err := v.split(",")
	if err != nil {
		return err
	}
	for _, part := range parts {
		contact, err := part.contact()
		if err != nil {
			return err
		}
		if c.msg.Contact == nil {
			c.msg.Contact = contact
		}
	}
	return nil
}

// contact reads one contact. `*` stands for every binding (RFC 3261, section 10.2.2) and has no URI.
func (sp span) contact() (*routrpb.Contact, error) {
	if sp.raw() == "*" {
		return &routrpb.Contact{Address: &routrpb.Address{Wildcard: true}, Expires: -1, QValue: -1}, nil
	}
	addr, ps, err := sp.address()
	if err != nil {
		return nil, err
	}
	expires, err := ps.number("expires", maxInt32)
	if err != nil {
		return nil, err
	}
	contact := &routrpb.Contact{Address: addr, Expires: expires, QValue: -1}
	if q, ok := ps["q"]; ok {
		n, err := strconv.ParseFloat(q.raw(), 32)
		if err != nil || !(n >= 0 && n <= 1) || strings.Trim(q.raw(), "0123456789.") != "" {
			return nil, q.errorf("q is %s, expected a number from 0 to 1", quoted(q.String()))
		}
		contact.QValue = float32(n)
	}
	return contact, nil
}

func (c *conversion) route(v span) error {
	return v.eachAddress(func(addr *routrpb.Address, ps params) {
		c.msg.Route = append(c.msg.Route, &routrpb.Route{Address: addr, Parameters: ps.all()})
	})
}

func (c *conversion) recordRoute(v span) error {
	return v.eachAddress(func(addr *routrpb.Address, ps params) {
		c.msg.RecordRoute = append(c.msg.RecordRoute, &routrpb.RecordRoute{Address: addr, Parameters: ps.all()})
	})
}

// eachAddress reads the addresses that commas divide.
func (sp span) eachAddress(add func(*routrpb.Address, params)) error {
	parts, err := sp.split(",")
	if err != nil {
		return err
	}
	for _, part := range parts {
		addr, ps, err := part.address()
		if err != nil {
			return err
		}
		add(addr, ps)
	}
	return nil
}
