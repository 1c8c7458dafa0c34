package script

import (
	"slices"

	"github.com/dop251/goja"
)

// length is LengthOfArrayLike.
func (r *realm) length(o *goja.Object) int {
	v := o.Get("length")
	if v == nil {
		return 0
	}
	n := int(max(0, min(v.ToNumber().ToInteger(), maxItems+1)))
	r.limitItems(n)
	return n
}

// join is Array.prototype.join of ECMA-262 section 23.1.3.18; like V8 it takes a list within itself for empty.
func (r *realm) join(c goja.FunctionCall) goja.Value {
	o := c.This.ToObject(r.vm)
	n := r.length(o)
	sep := goja.String(nil)
	if v := c.Argument(0); !goja.IsUndefined(v) {
		sep = r.text16(v)
	} else {
		sep = r.vm.ToValue(",").(goja.String)
	}
	if slices.Contains(r.joining, o) {
		return r.vm.ToValue("")
	}
	if len(r.joining) >= maxNest {
		panic(&stop{kind: Depth, message: "lists nest too deep"})
	}
	r.joining = append(r.joining, o)
	var b goja.StringBuilder
	total := 0
	write := func(s goja.String) {
		total += s.Length()
		r.limitText(total)
		b.WriteString(s)
	}
	defer func() { r.joining = r.joining[:len(r.joining)-1] }()
	for i := range n {
		r.limitTime()
		if i > 0 {
			write(sep)
		}
		if v := o.Get(itoa(i)); v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) {
			write(r.text16(v))
		}
	}
	return b.String()
}

// countNested bounds what flat can make.
func (r *realm) countNested(v goja.Value, depth int, total *int) {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		return
	}
	if depth > maxNest {
		panic(&stop{kind: Depth, message: "lists nest too deep"})
	}
	n := r.length(o)
	*total += n
	r.limitItems(*total)
	for i := range n {
		r.limitTime()
		r.countNested(o.Get(itoa(i)), depth+1, total)
	}
}

// maxSorted is the longest list that is sorted by a function as V8 does it, call by call: the result of a function that
// contradicts itself, such as (a, b) => a > b, depends on the algorithm.
const maxSorted = 63

func (r *realm) replaceSort(array *goja.Object) {
	for _, name := range []string{"sort", "toSorted"} {
		original, _ := goja.AssertFunction(array.Get(name))
		copied := name == "toSorted"
		r.replace(array, name, func(c goja.FunctionCall) goja.Value {
			compare, ok := goja.AssertFunction(c.Argument(0))
			if !ok || goja.IsUndefined(c.This) || goja.IsNull(c.This) {
				r.limitLength(c.This)
				return r.invoke(original, c.This, c.Arguments...)
			}
			return r.sort(c.This.ToObject(r.vm), compare, copied)
		})
	}
}

func (r *realm) sort(o *goja.Object, compare goja.Callable, copied bool) goja.Value {
	n := r.length(o)
	var items []goja.Value
	undefined := 0
	for i := range n {
		v := o.Get(itoa(i))
		switch {
		case v == nil && !copied:
		case v == nil || goja.IsUndefined(v):
			undefined++
		default:
			items = append(items, v)
		}
	}
	if len(items) > maxSorted {
		panic(&stop{kind: Unavailable,
			message: "lists of more than 63 elements can't be sorted by a function in rules"})
	}
	binarySort(items, func(a, b goja.Value) bool {
		return r.invoke(compare, goja.Undefined(), a, b).ToNumber().ToFloat() < 0
	})
	for range undefined {
		items = append(items, goja.Undefined())
	}
	if copied {
		all := make([]any, len(items))
		for i, v := range items {
			all[i] = v
		}
		return r.vm.NewArray(all...)
	}
	for i := range n {
		var err error
		if i < len(items) {
			err = o.Set(itoa(i), items[i])
		} else {
			err = o.Delete(itoa(i))
		}
		if err != nil {
			panic(err)
		}
	}
	return o
}

// binarySort is V8's sort of short lists, third_party/v8/builtins/array-sort.tq: the longest run at the start, then
// binary insertion. less says whether a comes before b.
func binarySort(items []goja.Value, less func(a, b goja.Value) bool) {
	if len(items) < 2 {
		return
	}
	run, descending := 2, less(items[1], items[0])
	for run < len(items) && less(items[run], items[run-1]) == descending {
		run++
	}
	if descending {
		slices.Reverse(items[:run])
	}
	for start := run; start < len(items); start++ {
		pivot, left, right := items[start], 0, start
		for left < right {
			if mid := left + (right-left)/2; less(pivot, items[mid]) {
				right = mid
			} else {
				left = mid + 1
			}
		}
		copy(items[left+1:start+1], items[left:start])
		items[left] = pivot
	}
}
