package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const rodata = attr.RODATA | attr.NOPTR

func floatBits(x float32) uint32 { return math.Float32bits(x) }

// Polynomials, lowest power first; both are least squares fits reweighted
// until the errors level out.
var (
	// exp2Coefficients is 2^x on [-1/2, 1/2], relative error 3e-6.
	exp2Coefficients = []float32{1, 0.693121, 0.24021865, 0.055922028, 0.00968571}
	// tailCoefficients is the binary logarithm of the normal distribution's tail
	// P(X > x) on [0, tailLimit], so nearly a parabola; relative error of the
	// tail itself 4e-5.
	tailCoefficients = []float32{-1.000043, -1.15061, -0.45995682, -0.052635387,
		0.00794458, -0.00080724847, 4.8203307e-05, -1.2624588e-06}
)

const tailLimit = 8 // beyond it x P(X > x) is below 1e-14

// gelu replaces each of n numbers x, n being a multiple of the lanes, by
// x P(X < x) = max(x, 0) - |x| P(X > |x|), X standard normal.
func (v vector) gelu() {
	function("gelu"+v.name, "func(x *float32, n int)",
		"applies GELU to n numbers in place, n being a multiple of the lanes.")
	x, n := pointer("x"), v.vectorsOf("n")
	zero := v.zeros(1)[0]
	loop("loop", n, func() {
		in, u, t := v.new(), v.new(), v.new()
		VMOVUPS(Mem{Base: x}, in)
		VANDPS(v.repeated("magnitude", U32(0x7fffffff)), in, u)
		VMINPS(v.constant(tailLimit), u, u)
		v.polynomial(tailCoefficients, u, t)
		tail := v.exp2(t)
		VMAXPS(zero, in, in)
		VFNMADD231PS(tail, u, in)
		VMOVUPS(in, Mem{Base: x})
		advance(x, v.bytes())
	})
	done()
}

// addNorm sets x to LayerNorm(x + y) over n numbers, n being a multiple of
// 4 x lanes: the sum is centred, scaled to variance 1, then gain and bias apply.
func (v vector) addNorm() {
	function("addNorm"+v.name, "func(x, y, gain, bias *float32, n int, epsilon float32)",
		"sets x to LayerNorm(x + y), n being a multiple of 4 x lanes.")
	x, y, gain, bias, n := pointer("x"), pointer("y"), pointer("gain"), pointer("bias"), pointer("n")
	size := v.new()
	VCVTSI2SSQ(n, size.AsX(), size.AsX())
	VBROADCASTSS(size.AsX(), size)
	SHLQ(Imm(2), n)

	sums := v.zeros(addNormStep)
	v.sweep("sum", n, func(at func(reg.GPVirtual) Mem, k int) {
		t := v.new()
		VMOVUPS(at(x), t)
		VADDPS(at(y), t, t)
		VMOVUPS(t, at(x))
		VADDPS(t, sums[k], sums[k])
	})
	mean := v.total(sums)
	VDIVPS(size, mean, mean)

	squares := v.zeros(addNormStep)
	v.sweep("variance", n, func(at func(reg.GPVirtual) Mem, k int) {
		t := v.new()
		VMOVUPS(at(x), t)
		VSUBPS(mean, t, t)
		VMOVUPS(t, at(x))
		VFMADD231PS(t, t, squares[k])
	})
	deviation, epsilon := v.total(squares), v.new()
	VDIVPS(size, deviation, deviation)
	VBROADCASTSS(parameter("epsilon"), epsilon)
	VADDPS(epsilon, deviation, deviation)
	VSQRTPS(deviation, deviation)
	inverse := v.new()
	VMOVUPS(v.constant(1), inverse)
	VDIVPS(deviation, inverse, inverse)

	v.sweep("norm", n, func(at func(reg.GPVirtual) Mem, _ int) {
		t := v.new()
		VMULPS(at(x), inverse, t)
		VMOVUPS(at(gain), epsilon)
		VFMADD213PS(at(bias), epsilon, t)
		VMOVUPS(t, at(x))
	})
	done()
}

// addNormStep is how many vectors one iteration of sweep takes, each with a sum
// of its own so that additions do not wait for each other.
const addNormStep = 4

// sweep calls body for addNormStep vectors a time until n bytes are done.
func (v vector) sweep(name string, n reg.GPVirtual, body func(at func(reg.GPVirtual) Mem, k int)) {
	i := GP64()
	XORQ(i, i)
	Label(name)
	for k := range addNormStep {
		body(func(base reg.GPVirtual) Mem {
			return Mem{Base: base, Index: i, Scale: 1, Disp: k * v.bytes()}
		}, k)
	}
	advance(i, addNormStep*v.bytes())
	CMPQ(i, n)
	JLT(LabelRef(name))
}

// total adds up vectors and leaves the sum of all lanes in every lane of the
// first.
func (v vector) total(vs []reg.VecVirtual) reg.VecVirtual {
	for n := len(vs) / 2; n > 0; n /= 2 {
		for k := range n {
			VADDPS(vs[k+n], vs[k], vs[k])
		}
	}
	v.reduce(VADDPS, vs[0])
	return vs[0]
}
