package kernel

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// numbersOf makes n finite numbers of raw, repeated as often as it takes, none
// larger than limit.
func numbersOf(raw []byte, n int, limit float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		var word [4]byte
		for b := range word {
			word[b] = raw[(4*i+b)%len(raw)]
		}
		v := math.Float32frombits(binary.LittleEndian.Uint32(word[:]))
		if v-v != 0 { // infinite or no number
			v = float32(int8(word[0]))
		}
		x[i] = max(-limit, min(limit, v))
	}
	return x
}

// FuzzFunctions compares the vector code of every path of this processor with
// plain Go on any numbers that a pass can hold.
func FuzzFunctions(f *testing.F) {
	f.Add([]byte("numbers of a hidden state"), uint16(5))
	f.Add([]byte{0, 0, 0x80, 0x3F, 0, 0, 0x80, 0xBF}, uint16(1))   // 1 and -1
	f.Add([]byte{1, 0, 0, 0, 0xFF, 0xFF, 0x7F, 0x7F}, uint16(511)) // the smallest and the largest
	f.Add([]byte{0, 0, 0, 0x80}, uint16(17))                       // minus zero
	f.Fuzz(func(t *testing.T, raw []byte, tokens uint16) {
		if len(raw) == 0 {
			return
		}
		const width = 384
		n := int(tokens%512) + 1
		for _, name := range Names() {
			p, err := Open(name)
			if err != nil {
				t.Fatal(err)
			}
			x := numbersOf(raw, width, math.MaxFloat32)
			got, want := p.NewActivations(1, width), p.NewActivations(1, width)
			p.Quantize(got, 0, x)
			quantizeRow(want, 0, x, p.layout.zero)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Activations{})); diff != "" {
				t.Errorf("%s quantises otherwise than plain Go (-want +got):\n%s", name, diff)
			}
			gelu, plain := append([]float32{}, x...), append([]float32{}, x...)
			p.GELU(gelu)
			generic{}.gelu(plain)
			requireClose(t, gelu, plain, 1e-14)

			fuzzAddNorm(t, p, numbersOf(raw, 4*width, 1e4))
			fuzzAttend(t, p, raw, n)
		}
	})
}

func fuzzAddNorm(t *testing.T, p *Path, numbers []float32) {
	t.Helper()
	width := len(numbers) / 4
	part := func(i int) []float32 { return append([]float32{}, numbers[i*width:(i+1)*width]...) }
	got, want := part(0), part(0)
	p.AddNorm(got, part(1), part(2), part(3), 1e-12)
	generic{}.addNorm(want, part(1), part(2), part(3), 1e-12)
	for i, g := range part(2) { // rounding grows with the gain, and cancels against the bias
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-3*(1+math.Abs(float64(g))+math.Abs(float64(want[i])))) {
			t.Fatalf("%s: number %d of AddNorm is %v, want %v", p.Name(), i, got[i], want[i])
		}
	}
}

func fuzzAttend(t *testing.T, p *Path, raw []byte, n int) {
	t.Helper()
	rows := Padded(n) + maxLanes
	all := numbersOf(raw, 3*rows*HeadWidth, 8)
	q, k, v := all[:rows*HeadWidth], all[rows*HeadWidth:2*rows*HeadWidth], all[2*rows*HeadWidth:]
	got, want := make([]float32, rows*HeadWidth), make([]float32, rows*HeadWidth)
	s := NewScratch(512)
	p.Attend(Rows(got, HeadWidth), q, k, v, n, s)
	generic{}.attend(Rows(want, HeadWidth), q, k, v, n, s)
	requireClose(t, got[:n*HeadWidth], want[:n*HeadWidth], 1e-2)
}
