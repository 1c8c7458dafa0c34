//go:build screenshots

package browser

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
)

// small writes a picture with 256 colours, those that it has most of and those unlike them, every other one as the
// nearest of those: pages have few colours but for the edges of letters, and take a third of the bytes then.
func small(t *testing.T, picture []byte) []byte {
	t.Helper()
	from, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	size := from.Bounds()
	count := map[color.RGBA]int{}
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			count[rgba(from.At(x, y))]++
		}
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		if n := count[b] - count[a]; n != 0 {
			return n
		}
		return number(a) - number(b)
	})
	palette := make(color.Palette, 0, 256)
	for _, c := range colours[:min(192, len(colours))] {
		palette = append(palette, c)
	}
	for range min(256, len(colours)) - len(palette) { // one that is rare may be one that means something
		palette = append(palette, farthest(palette, colours))
	}
	nearest := map[color.RGBA]uint8{}
	for _, c := range colours {
		nearest[c] = uint8(palette.Index(c))
	}
	to := image.NewPaletted(size, palette)
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			to.SetColorIndex(x, y, nearest[rgba(from.At(x, y))])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, to); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// farthest is the colour that the palette has the least like of.
func farthest(palette color.Palette, colours []color.RGBA) (far color.RGBA) {
	most := -1
	for _, c := range colours {
		near := rgba(palette.Convert(c))
		if d := square(c.R, near.R) + square(c.G, near.G) + square(c.B, near.B); d > most {
			most, far = d, c
		}
	}
	return far
}

func square(a, b uint8) int { return (int(a) - int(b)) * (int(a) - int(b)) }

func rgba(c color.Color) color.RGBA { return color.RGBAModel.Convert(c).(color.RGBA) }

func number(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }
