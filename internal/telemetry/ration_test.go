package telemetry

import "testing"

func TestLinesOverARationAreCounted(t *testing.T) {
	const most = 50
	r, second := NewRation(most), int64(100)
	r.Second = func() int64 { return second }
	for i := range most {
		if left, ok := r.Take(); !ok || left != 0 {
			t.Fatalf("line %d: given %t, left out %d", i, ok, left)
		}
	}
	for range 3 {
		if _, ok := r.Take(); ok {
			t.Fatal("a line over the ration is given")
		}
	}
	if n := r.Rest(); n != 0 {
		t.Errorf("%d are told in the second that they were left out in: a line may still say so", n)
	}
	second++
	if left, ok := r.Take(); !ok || left != 3 {
		t.Errorf("in the next second: given %t, left out %d, want 3", ok, left)
	}
	if left, ok := r.Take(); !ok || left != 0 {
		t.Errorf("after that: given %t, left out %d, want 0", ok, left)
	}
	for range most {
		_, _ = r.Take()
	}
	second++
	if n := r.Rest(); n != 2 {
		t.Errorf("%d of the second before that no line told of, want 2", n)
	}
	if n := r.Rest(); n != 0 {
		t.Errorf("%d are told twice", n)
	}
}
