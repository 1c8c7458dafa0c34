package message

// Place is a singular message within a MessageRequest, named by its path from the root: the request itself, its
// sender, message.from.address.uri and so on. There are 19, known before any message comes, so a rule can be bound
// to them when it is compiled.
type Place uint8

// Root is the MessageRequest itself.
const Root Place = 0

// placeInfo is what is known of a place beforehand.
type placeInfo struct {
	typ      *Type
	parent   Place
	field    *Field // in the parent's type
	base     int    // its first slot in Request.slots
	children map[string]Place
}

const (
	numPlaces = 19
	numSlots  = 140
)

var places = newPlaces()

func newPlaces() (all []placeInfo) {
	slots := 0
	var add func(t *Type, parent Place, f *Field) Place
	add = func(t *Type, parent Place, f *Field) Place {
		p := Place(len(all))
		all = append(all, placeInfo{typ: t, parent: parent, field: f, base: slots, children: map[string]Place{}})
		slots += len(t.byNumber)
		for _, child := range t.Fields {
			if child.Kind == Message && !child.Repeated && !child.Map {
				all[p].children[child.Name] = add(child.Type, p, child)
			}
		}
		return p
	}
	add(RequestSchema, Root, nil)
	if len(all) != numPlaces || slots > numSlots {
		panic("message: numPlaces or numSlots doesn't fit the contract")
	}
	return all
}

// Type returns the schema of the message at p.
func (p Place) Type() *Type { return places[p].typ }

// Parent returns the place that p is a field of; Root's is Root.
func (p Place) Parent() Place { return places[p].parent }

// Field returns the field that p is of its parent; nil for Root.
func (p Place) Field() *Field { return places[p].field }

// Child returns the place of a singular message field of p, by the name that rules use.
func (p Place) Child(name string) (Place, bool) {
	c, ok := places[p].children[name]
	return c, ok
}
