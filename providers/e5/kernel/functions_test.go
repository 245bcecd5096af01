package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func randomNumbers(rng *rand.Rand, n int, deviation float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * deviation)
	}
	return x
}

// requireClose holds vector code to 1e-3 of each number, or to floor where
// that is larger.
func requireClose(t *testing.T, got, want []float32, floor float64) {
	t.Helper()
	for i := range want {
		g, w := float64(got[i]), float64(want[i])
		if !(math.Abs(g-w) <= max(1e-3*math.Abs(w), floor)) {
			t.Fatalf("number %d is %v, want %v", i, g, w)
		}
	}
}

func TestQuantizeIsBitEqualToPlainGo(t *testing.T) {
	t.Parallel()
	const width = 384
	rng := rand.New(rand.NewPCG(1, 1))
	rows := map[string][]float32{
		"zeros":        make([]float32, width),
		"random":       randomNumbers(rng, width, 1),
		"huge":         randomNumbers(rng, width, 1e30),
		"tiny":         randomNumbers(rng, width, 1e-20),
		"subnormal":    randomNumbers(rng, width, 1e-40),
		"one outlier":  append(randomNumbers(rng, width-1, 1e-3), 1000),
		"ties":         make([]float32, width),
		"one sign":     make([]float32, width),
		"a lone point": append(make([]float32, width-1), -3),
	}
	for i := range width {
		rows["ties"][i] = float32(i%255) - 127 + 0.5
		rows["one sign"][i] = -1
	}
	everyPath(t, func(t *testing.T, p *Path) {
		for name, x := range rows {
			got, want := p.NewActivations(2, width), p.NewActivations(2, width)
			p.Quantize(got, 1, x)
			quantizeRow(want, 1, x, p.layout.zero)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Activations{})); diff != "" {
				t.Errorf("%s (-plain Go +got):\n%s", name, diff)
			}
		}
	})
}

func TestGELUIsTheExactForm(t *testing.T) {
	t.Parallel()
	var x []float32
	for v := -9.0; v < 9; v += 1.0 / 1024 {
		x = append(x, float32(v))
	}
	x = append(x, 0, float32(math.Copysign(0, -1)), 1e-30, -1e-30, 30, -30, 1e30, -1e30,
		math.MaxFloat32, -math.MaxFloat32, 8, -8, 7.999999, -7.999999, 1e-40, -1e-40)
	everyPath(t, func(t *testing.T, p *Path) {
		got, want := slices.Clone(x), slices.Clone(x)
		p.GELU(got)
		generic{}.gelu(want)
		requireClose(t, got, want, 1e-14)
	})
}

func TestAddNormMatchesPlainGo(t *testing.T) {
	t.Parallel()
	const width = 384
	everyPath(t, func(t *testing.T, p *Path) {
		rng := rand.New(rand.NewPCG(2, 2))
		for _, deviation := range []float64{1e-6, 1, 1e4} {
			x, y := randomNumbers(rng, width, deviation), randomNumbers(rng, width, deviation)
			gain, bias := randomNumbers(rng, width, 1), randomNumbers(rng, width, 1)
			want := slices.Clone(x)
			generic{}.addNorm(want, y, gain, bias, 1e-12)
			p.AddNorm(x, y, gain, bias, 1e-12)
			requireClose(t, x, want, 1e-5)
		}
	})
}

func TestAddNormOfEqualNumbersIsTheBias(t *testing.T) {
	t.Parallel()
	const width = 128
	everyPath(t, func(t *testing.T, p *Path) {
		x, y, gain := make([]float32, width), make([]float32, width), make([]float32, width)
		bias := randomNumbers(rand.New(rand.NewPCG(3, 3)), width, 1)
		for i := range x {
			x[i], y[i], gain[i] = 2, 3, 1
		}
		p.AddNorm(x, y, gain, bias, 1e-12)
		requireClose(t, x, bias, 1e-5)
	})
}

func TestAttendMatchesPlainGo(t *testing.T) {
	t.Parallel()
	const stride = 3 * HeadWidth
	everyPath(t, func(t *testing.T, p *Path) {
		rng := rand.New(rand.NewPCG(4, 4))
		s := NewScratch(512)
		for _, n := range []int{1, 2, 5, 6, 7, 15, 16, 17, 31, 33, 48, 100, 195, 511, 512} {
			for _, deviation := range []float64{0.1, 1, 30} {
				rows := Padded(n) + maxLanes
				q, k, v := randomNumbers(rng, rows*HeadWidth, deviation),
					randomNumbers(rng, rows*HeadWidth, deviation), randomNumbers(rng, rows*HeadWidth, 1)
				got, want := make([]float32, rows*stride), make([]float32, rows*stride)
				p.Attend(Output{got, stride, HeadWidth}, q, k, v, n, s)
				generic{}.attend(Output{want, stride, HeadWidth}, q, k, v, n, s)
				requireClose(t, got[:n*stride], want[:n*stride], 1e-3)
			}
		}
	})
}

func TestAttendIgnoresRowsBeyondTheText(t *testing.T) {
	t.Parallel()
	const n = 19
	everyPath(t, func(t *testing.T, p *Path) {
		s, rng := NewScratch(n), rand.New(rand.NewPCG(5, 5))
		rows := Padded(n) + maxLanes
		q, k, v := randomNumbers(rng, rows*HeadWidth, 1), randomNumbers(rng, rows*HeadWidth, 1), randomNumbers(rng, rows*HeadWidth, 1)
		run := func() []float32 {
			out := make([]float32, rows*HeadWidth)
			p.Attend(Rows(out, HeadWidth), q, k, v, n, s)
			return out[:n*HeadWidth]
		}
		want := run()
		for _, x := range [][]float32{q, k, v} {
			for i := n * HeadWidth; i < len(x); i++ {
				x[i] = float32(math.NaN())
			}
		}
		requireEqual(t, run(), want)
	})
}

func TestOpenNamesTheChoices(t *testing.T) {
	t.Parallel()
	if p, err := Open(""); err != nil || p.Name() != Names()[0] {
		t.Errorf("Open(\"\") = %v, %v, want the fastest of %v", p, err, Names())
	}
	_, err := Open("sse9")
	want := fmt.Sprintf("no kernel is named %q on this processor, which has %s", "sse9", strings.Join(Names(), ", "))
	if err == nil || err.Error() != want {
		t.Errorf("Open(\"sse9\"): error %v, want %q", err, want)
	}
}

func BenchmarkSteps(b *testing.B) {
	const width, tokens = 1536, 195
	for _, name := range Names() {
		p, err := Open(name)
		if err != nil {
			b.Fatal(err)
		}
		x := randomNumbers(rand.New(rand.NewPCG(6, 6)), (tokens+maxLanes)*HeadWidth, 1)
		row, a := slices.Clone(x[:width]), p.NewActivations(1, width)
		b.Run(name+"/quantize", func(b *testing.B) {
			for b.Loop() {
				p.Quantize(a, 0, row)
			}
			b.ReportMetric(width*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gnumbers/s")
		})
		b.Run(name+"/gelu", func(b *testing.B) {
			for b.Loop() {
				copy(row, x) // or it ends in subnormal numbers, which are slow
				p.GELU(row)
			}
			b.ReportMetric(width*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gnumbers/s")
		})
		b.Run(name+"/norm", func(b *testing.B) {
			for b.Loop() {
				copy(row, x[:384])
				p.AddNorm(row[:384], x[384:768], x[768:1152], x[:384], 1e-12)
			}
			b.ReportMetric(384*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gnumbers/s")
		})
		b.Run(name+"/attend", func(b *testing.B) {
			s, out := NewScratch(tokens), Rows(make([]float32, Padded(tokens)*HeadWidth), HeadWidth)
			for b.Loop() {
				p.Attend(out, x, x, x, tokens, s)
			}
			b.ReportMetric(2*tokens*tokens*HeadWidth*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}
