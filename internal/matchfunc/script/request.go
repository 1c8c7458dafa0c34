package script

import (
	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// request builds what a rule sees of a request: the JSON view of contract section 5, as plain objects. In a realm that
// is sparing, it leaves out the properties that the rule can't know of: decoding them is most of what a rule costs.
func (r *realm) request(req *message.Request) goja.Value {
	return r.object(req.At(message.Root))
}

// known reports whether the rule may see that an object has a property of this name.
func (r *realm) known(name string) bool { return !r.sparing || r.program.needs.names[name] }

func (r *realm) object(o message.Object) goja.Value {
	out := r.vm.NewObject()
	for _, f := range o.Type().Fields {
		if f.Oneof && !o.Has(f) {
			continue
		}
		if r.known(f.Name) {
			property(out, f.Name, r.field(o, f))
		}
		if f.Oneof && r.known(message.MessageTypeKey) {
			property(out, message.MessageTypeKey, r.vm.ToValue(f.Name))
		}
	}
	return out
}

// property defines a property as an assignment would, whatever the prototype holds.
func property(o *goja.Object, name string, value goja.Value) {
	if err := o.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE); err != nil {
		panic(err)
	}
}

func (r *realm) field(o message.Object, f *message.Field) goja.Value {
	switch {
	case f.Map:
		out := r.vm.NewObject()
		for _, p := range o.Map(f) {
			property(out, p.Key, r.text(p.Value))
		}
		return out
	case f.Repeated:
		return r.list(o.List(f), f)
	}
	switch f.Kind {
	case message.String:
		return r.text(o.Str(f))
	case message.Int32:
		return r.vm.ToValue(o.Int(f))
	case message.Bool:
		return r.vm.ToValue(o.Bool(f))
	case message.Float:
		return r.vm.ToValue(float64(o.Float(f)))
	case message.Enum:
		if name, ok := f.EnumName(o.Int(f)); ok {
			return r.vm.ToValue(name)
		}
		return r.vm.ToValue(o.Int(f))
	}
	if !o.Has(f) {
		return goja.Null()
	}
	return r.object(message.Open(f.Type, o.Sub(f)))
}

func (r *realm) list(l message.List, f *message.Field) goja.Value {
	var items []any
	for {
		entry, ok := l.Next()
		if !ok {
			return r.vm.NewArray(items...)
		}
		if f.Kind == message.Message {
			items = append(items, r.object(message.Open(f.Type, entry)))
		} else {
			items = append(items, r.text(entry))
		}
	}
}

func (r *realm) text(b []byte) goja.Value {
	if message.IsASCII(b) {
		return r.vm.ToValue(string(b))
	}
	return goja.StringFromUTF16(message.AppendUTF16(nil, b))
}
