package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// everyPath runs a test on each path of this processor, plain Go included.
func everyPath(t *testing.T, f func(t *testing.T, p *Path)) {
	t.Helper()
	for _, name := range Names() {
		p, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, p)
		})
	}
}

// product is one set of operands as plain numbers.
type product struct {
	tokens, outputs, inputs int
	act                     []int8 // [tokens][inputs]
	weight                  []int  // [outputs][inputs]
}

// randomProduct draws operands; extreme ones are the ends of their ranges only.
func randomProduct(rng *rand.Rand, tokens, outputs, inputs int, extreme bool) product {
	pr := product{tokens, outputs, inputs, make([]int8, tokens*inputs), make([]int, outputs*inputs)}
	for i := range pr.act {
		pr.act[i] = int8(rng.IntN(255) - 127)
		if extreme {
			pr.act[i] = int8(127 - 254*rng.IntN(2))
		}
	}
	for i := range pr.weight {
		pr.weight[i] = rng.IntN(16) - 8
		if extreme {
			pr.weight[i] = 15*rng.IntN(2) - 8
		}
	}
	return pr
}

// run multiplies with scales of one, so that outputs are the integer sums, which
// float32 holds exactly.
func (pr product) run(p *Path) []float32 {
	m := p.NewMatrix(pr.outputs, pr.inputs)
	for i := range m.scales {
		m.scales[i] = 1
	}
	for i, w := range pr.weight {
		output, input := i/pr.inputs, i%pr.inputs
		panel, within := output/m.panel, output%m.panel
		at := panel*m.panel*m.inputs + input/block*block*m.panel
		m.codes[at+m.place(input%block, within)] = byte(w + m.zero)
	}
	a := p.NewActivations(pr.tokens, pr.inputs)
	copy(a.codes, pr.act)
	for i := range a.scales {
		a.scales[i] = 1
		var sum int32
		size := pr.inputs / a.blocks
		for _, c := range a.codes[i*size : (i+1)*size] {
			sum += int32(c)
		}
		a.offsets[i] = -sum * int32(m.zero)
	}
	out := make([]float32, Padded(pr.tokens)*pr.outputs)
	p.Multiply(Rows(out, pr.outputs), a, pr.tokens, m)
	return out[:pr.tokens*pr.outputs]
}

// exact computes the same sums from the definition.
func (pr product) exact() []float32 {
	out := make([]float32, pr.tokens*pr.outputs)
	for t := range pr.tokens {
		for o := range pr.outputs {
			sum := 0
			for k := range pr.inputs {
				sum += int(pr.act[t*pr.inputs+k]) * pr.weight[o*pr.inputs+k]
			}
			out[t*pr.outputs+o] = float32(sum)
		}
	}
	return out
}

func requireEqual(t *testing.T, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("output %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestIntegerProductsAreBitEqualToPlainGo(t *testing.T) {
	t.Parallel()
	twin, err := Open("go")
	if err != nil {
		t.Fatal(err)
	}
	everyPath(t, func(t *testing.T, p *Path) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, tokens := range []int{1, 5, 6, 7, 13} {
			for _, inputs := range []int{128, 384, 896} {
				for _, extreme := range []bool{false, true} {
					pr := randomProduct(rng, tokens, 96, inputs, extreme)
					got := pr.run(p)
					requireEqual(t, got, pr.exact())
					requireEqual(t, got, pr.run(twin))
				}
			}
		}
	})
}

// TestLargestSumsDoNotSaturate makes every product as large as it can be.
func TestLargestSumsDoNotSaturate(t *testing.T) {
	t.Parallel()
	everyPath(t, func(t *testing.T, p *Path) {
		for _, act := range []int8{127, -127} {
			for _, weight := range []int{-8, 7} {
				pr := product{6, 32, 384, make([]int8, 6*384), make([]int, 32*384)}
				for i := range pr.act {
					pr.act[i] = act
				}
				for i := range pr.weight {
					pr.weight[i] = weight
				}
				requireEqual(t, pr.run(p), pr.exact())
			}
		}
	})
}

func FuzzIntegerProducts(f *testing.F) {
	f.Add(uint64(1), uint8(3), []byte("activations and weights"))
	f.Add(uint64(2), uint8(9), []byte{0, 255, 127, 128, 1})
	f.Fuzz(func(t *testing.T, seed uint64, tokens uint8, raw []byte) {
		n := int(tokens%16) + 1
		for _, name := range Names() {
			p, err := Open(name)
			if err != nil {
				t.Fatal(err)
			}
			pr := randomProduct(rand.New(rand.NewPCG(seed, 0)), n, 32, 256, seed%3 == 0)
			for i, b := range raw {
				pr.act[i*7%len(pr.act)] = max(int8(b), -127)
			}
			requireEqual(t, pr.run(p), pr.exact())
		}
	})
}

// storedRow draws a row in the stored form.
func storedRow(rng *rand.Rand, inputs int) (scales []float32, nibbles []byte) {
	scales, nibbles = make([]float32, inputs/32), make([]byte, inputs/2)
	for i := range scales {
		scales[i] = float32(rng.NormFloat64()) * 0.02
	}
	for i := 0; i+8 <= len(nibbles); i += 8 {
		binary.LittleEndian.PutUint64(nibbles[i:], rng.Uint64())
	}
	return scales, nibbles
}

// storedWeight is weight i of a stored row, from the definition of the form.
func storedWeight(scales []float32, nibbles []byte, i int) float64 {
	block, j := i/32, i%32
	code := nibbles[block*16+j%16]
	if j >= 16 {
		code >>= 4
	}
	return float64(scales[block]) * float64(int(code&15)-8)
}

func TestProductsOfStoredRowsAreCloseToFloat(t *testing.T) {
	t.Parallel()
	const tokens, outputs, inputs = 7, 96, 384
	everyPath(t, func(t *testing.T, p *Path) {
		rng := rand.New(rand.NewPCG(3, 4))
		m, a := p.NewMatrix(outputs, inputs), p.NewActivations(tokens, inputs)
		x := randomNumbers(rng, tokens*inputs, 1)
		for token := range tokens {
			p.Quantize(a, token, x[token*inputs:(token+1)*inputs])
		}
		want := make([]float64, tokens*outputs)
		for o := range outputs {
			scales, nibbles := storedRow(rng, inputs)
			bias := float32(rng.NormFloat64())
			m.SetRow(o, scales, nibbles, bias)
			for token := range tokens {
				sum := float64(bias)
				for k := range inputs {
					sum += float64(x[token*inputs+k]) * storedWeight(scales, nibbles, k)
				}
				want[token*outputs+o] = sum
			}
		}
		got := make([]float32, Padded(tokens)*outputs)
		p.Multiply(Rows(got, outputs), a, tokens, m)
		var errors, squares float64
		for i, w := range want {
			errors += (float64(got[i]) - w) * (float64(got[i]) - w)
			squares += w * w
		}
		if relative := math.Sqrt(errors / squares); relative > 0.007 {
			t.Errorf("the error is %.4f of the outputs, want at most 0.007", relative)
		}
	})
}

func TestOutputsGoWhereOutputSays(t *testing.T) {
	t.Parallel()
	const tokens, outputs, inputs = 6, 64, 128
	everyPath(t, func(t *testing.T, p *Path) {
		x := randomNumbers(rand.New(rand.NewPCG(5, 6)), tokens*inputs, 1)
		m, a := p.NewMatrix(outputs, inputs), p.NewActivations(tokens, inputs)
		for o := range outputs {
			scales, nibbles := storedRow(rand.New(rand.NewPCG(uint64(o), 7)), inputs)
			m.SetRow(o, scales, nibbles, float32(o))
		}
		for token := range tokens {
			p.Quantize(a, token, x[token*inputs:(token+1)*inputs])
		}
		plain, heads := make([]float32, tokens*outputs), make([]float32, tokens*outputs)
		p.Multiply(Rows(plain, outputs), a, tokens, m)
		p.Multiply(Output{heads, HeadWidth, tokens * HeadWidth}, a, tokens, m)
		for token := range tokens {
			for o := range outputs {
				got := heads[o/HeadWidth*tokens*HeadWidth+token*HeadWidth+o%HeadWidth]
				if want := plain[token*outputs+o]; got != want {
					t.Fatalf("token %d, output %d: %v by heads, %v by rows", token, o, got, want)
				}
			}
		}
	})
}

func BenchmarkMultiply(b *testing.B) {
	shapes := []struct{ tokens, outputs, inputs int }{{18, 1152, 384}, {96, 384, 384}, {96, 1536, 384}, {96, 384, 1536}}
	for _, name := range Names() {
		p, err := Open(name)
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range shapes {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, s.tokens, s.outputs, s.inputs), func(b *testing.B) {
				m, a := p.NewMatrix(s.outputs, s.inputs), p.NewActivations(s.tokens, s.inputs)
				out := Rows(make([]float32, Padded(s.tokens)*s.outputs), s.outputs)
				for b.Loop() {
					p.Multiply(out, a, s.tokens, m)
				}
				macs := float64(s.tokens) * float64(s.outputs) * float64(s.inputs) * float64(b.N)
				b.ReportMetric(macs/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}
