package codes

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRotationKeepsLengthsAndAngles(t *testing.T) {
	t.Parallel()
	for _, dim := range []int{1, 3, 384, 512, 768, 1024, 1536, 3072} {
		c := newCloud(uint64(dim), dim, 60)
		n := padded(dim)
		r := newRotation(n)
		a, b := append(c.next(), make([]float32, n-dim)...), append(c.next(), make([]float32, n-dim)...)
		want := dot(a, b)
		r.apply(a)
		r.apply(b)
		if got := dot(a, b); math.Abs(float64(got-want)) > 1e-5 {
			t.Errorf("%d dimensions: product %v became %v", dim, want, got)
		}
		if got := dot(a, a); math.Abs(float64(got-1)) > 1e-5 {
			t.Errorf("%d dimensions: length 1 became %v", dim, got)
		}
	}
}

func TestHadamardMatchesItsDefinition(t *testing.T) {
	t.Parallel()
	for _, n := range []int{8, 16, 32, 512, 1024} {
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.IntN(100) - 50) // whole numbers: sums are exact
		}
		want := make([]float32, n)
		for i := range want {
			for j, v := range x {
				if bits.OnesCount(uint(i&j))%2 == 1 {
					v = -v
				}
				want[i] += v
			}
		}
		hadamard(x)
		if !slices.Equal(x, want) {
			t.Errorf("length %d: %v, want %v", n, x, want)
		}
	}
}

func TestEstimatesAreUnbiased(t *testing.T) {
	t.Parallel()
	for _, dim := range []int{100, 384, 768} {
		c := newCloud(7, dim, 500)
		vectors := c.vectors(2000)
		e, err := NewEncoder(centreOf(vectors))
		if err != nil {
			t.Fatal(err)
		}
		var sum, squares, truth float64
		var q question
		n := 0
		for range 20 {
			asked := c.next()
			e.ask(&q, asked)
			for _, v := range vectors {
				code := e.Encode(nil, v)
				want := float64(dot(v, asked))
				got := float64(estimate(e, code, &q))
				sum += got - want
				squares += (got - want) * (got - want)
				truth += (want - 0.8) * (want - 0.8)
				n++
			}
		}
		bias, deviation := sum/float64(n), math.Sqrt(squares/float64(n))
		// The residuals have a length of about spread; RaBitQ's error is
		// their product over the root of the bits, times .75.
		limit := spread * spread / math.Sqrt(float64(e.bits))
		if math.Abs(bias) > deviation/20 || deviation > limit {
			t.Errorf("%d dimensions: bias %.5f, deviation %.5f, want at most %.5f", dim, bias, deviation, limit)
		}
	}
}

// estimate is the formula of Encode, bit by bit.
func estimate(e *Encoder, code []byte, q *question) float32 {
	words := make([]uint64, e.bits/64)
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(code[8*i:])
	}
	var h [1]uint32
	scanPlain(h[:], words, q.planes, len(words)/lineWords)
	a := math.Float32frombits(binary.LittleEndian.Uint32(code[e.bits/8:]))
	b := math.Float32frombits(binary.LittleEndian.Uint32(code[e.bits/8+4:]))
	return a*(q.base-q.slope*float32(h[0])) + b + q.shift
}

func TestQuestionRoundsToTheNearestOddNumber(t *testing.T) {
	t.Parallel()
	c := newCloud(3, 384, 100)
	e, err := NewEncoder(c.mean)
	if err != nil {
		t.Fatal(err)
	}
	asked := c.next()
	x := make([]float32, e.bits)
	e.rotate(x, asked)
	var q question
	e.ask(&q, asked)
	half := q.slope / 2
	for i, want := range x {
		v := -levels
		for j := range planes {
			at := i/64/lineWords*planeWords + i/64%lineWords + j*lineWords
			v += 2 << j * int(q.planes[at]>>(i%64)&1)
		}
		if math.Abs(float64(float32(v)*half-want)) > float64(half)*1.001 {
			t.Fatalf("component %d is %v, stands for %v, step %v", i, want, float32(v)*half, 2*half)
		}
	}
}

func TestDegenerateVectors(t *testing.T) {
	t.Parallel()
	centre := make([]float32, 384)
	centre[0] = 1
	e, err := NewEncoder(centre)
	if err != nil {
		t.Fatal(err)
	}
	var q question
	e.ask(&q, centre) // the question is the centre
	code := e.Encode(nil, centre)
	if got := estimate(e, code, &q); math.Abs(float64(got-1)) > 1e-6 {
		t.Errorf("the centre to itself: %v", got)
	}
	if len(code) != e.Size() {
		t.Errorf("code of %d bytes, Size is %d", len(code), e.Size())
	}
	nan, inf := slices.Clone(centre), slices.Clone(centre)
	nan[3], inf[3] = float32(math.NaN()), float32(math.Inf(-1))
	for name, v := range map[string][]float32{
		"short": centre[1:], "empty": nil, "NaN": nan, "infinite": inf, "zero": make([]float32, 384), "long": {2: 9, 383: 0},
	} {
		if e.Check(v) == nil {
			t.Errorf("Check accepted a vector that is %s", name)
		}
	}
	if err := e.Check(centre); err != nil {
		t.Errorf("Check refused a unit vector: %v", err)
	}
	for _, bad := range [][]float32{nil, nan, make([]float32, 70000)} {
		if _, err := NewEncoder(bad); err == nil {
			t.Errorf("NewEncoder accepted a centre of %d components", len(bad))
		}
	}
}

func TestScannersAgree(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for _, lines := range []int{1, 2, 4, 8, 16} {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 255, 256} {
			codes, planes := make([]uint64, n*lines*lineWords), make([]uint64, lines*planeWords)
			for i := range codes {
				codes[i] = rng.Uint64()
			}
			for i := range planes {
				planes[i] = rng.Uint64()
			}
			agree(t, codes, planes, n, lines)
			for i := range codes { // the largest counts
				codes[i] = 0
			}
			for i := range planes {
				planes[i] = ^uint64(0)
			}
			agree(t, codes, planes, n, lines)
		}
	}
}

func agree(t *testing.T, codes, planes []uint64, n, lines int) {
	t.Helper()
	want := make([]uint32, n)
	scanPlain(want, codes, planes, lines)
	for i, scan := range vectorScanners() {
		got := make([]uint32, n)
		scan(got, codes, planes, lines)
		if !slices.Equal(got, want) {
			t.Fatalf("scanner %d, %d codes of %d lines: %v, want %v", i, n, lines, got, want)
		}
	}
}

func FuzzScannersAgree(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(1), uint8(5))
	f.Add([]byte{255}, uint8(8), uint8(9))
	f.Fuzz(func(t *testing.T, raw []byte, lineCount, codeCount uint8) {
		lines, n := 1+int(lineCount%9), int(codeCount)
		if len(raw) == 0 {
			return
		}
		fill := func(words []uint64, from int) []uint64 {
			for i := range words {
				for b := range 8 {
					words[i] = words[i]<<8 | uint64(raw[(from+8*i+b)%len(raw)])
				}
			}
			return words
		}
		agree(t, fill(make([]uint64, n*lines*lineWords), 0), fill(make([]uint64, lines*planeWords), 1), n, lines)
	})
}

func BenchmarkScan(b *testing.B) {
	const n = 1_000_000 // more than the caches hold
	codes, planes := make([]uint64, n*lineWords), make([]uint64, planeWords)
	for i := range codes {
		codes[i] = uint64(i) // what was never written does not lie in memory
	}
	h := make([]uint32, 256)
	for name, scan := range map[string]scanner{"plain": scanPlain, "wide": scanWideIfAny(0), "half": scanWideIfAny(1)} {
		if scan == nil {
			continue
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(codes)))
			for b.Loop() {
				for i := 0; i+256 <= n; i += 256 {
					scan(h, codes[i*lineWords:], planes, 1)
				}
			}
		})
	}
}

func scanWideIfAny(i int) scanner {
	if s := vectorScanners(); i < len(s) {
		return s[i]
	}
	return nil
}

func BenchmarkEncode(b *testing.B) {
	c := newCloud(1, 384, 10)
	e, err := NewEncoder(c.mean)
	if err != nil {
		b.Fatal(err)
	}
	v := c.next()
	var code []byte
	for b.Loop() {
		code = e.Encode(code[:0], v)
	}
}
