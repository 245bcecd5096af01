package main

// quantize turns blocks of float32 numbers into int8 codes of -127..127 with one
// scale a block. Signed weights have no zero point, so offset stays as it is.
func (a *assembler) quantize() {
	a.function("quantizeNEON", "turns n blocks of x into int8 codes and a scale each.", 0,
		param{"q", "*int8"}, param{"scale", "*float32"}, param{"offset", "*int32"}, param{"x", "*float32"}, param{"n", "int"})
	in, t, highest, inverse := registers(0, block/4), 8, 9, 10
	least, top, unit := 16, 17, 18
	a.constants(least, 1e-30, 127, 1.0/127)
	a.loop("block", 4, func() {
		a.move(highest, least) // keeps blocks of zeros from dividing by zero
		for i, r := range in {
			a.load(r, 3, 16*i)
			a.op2(fabs, t, r)
			a.op3(fmax, highest, highest, t)
		}
		a.reduce(fmaxp, highest)
		a.op3(fdiv, inverse, top, highest)
		a.op3(fmul, highest, highest, unit)
		a.line("FMOVS F%d, (R1)", highest)
		for _, r := range in {
			a.op3(fmul, r, r, inverse)
			a.op2(fcvtns, r, r)
		}
		for i := 0; i < len(in); i += 4 {
			a.op2(sqxtnH, in[i], in[i])
			a.op2(sqxtn2H, in[i], in[i+1])
			a.op2(sqxtnH, in[i+2], in[i+2])
			a.op2(sqxtn2H, in[i+2], in[i+3])
			a.op2(sqxtnB, in[i], in[i])
			a.op2(sqxtn2B, in[i], in[i+2])
			a.store(in[i], 0, 4*i)
		}
		a.line("ADD $%d, R3", 4*block)
		a.line("ADD $%d, R0", block)
		a.line("ADD $4, R1")
	})
	a.line("RET")
}

// reduce applies a pairwise operation until every lane of v holds the result.
func (a *assembler) reduce(o op3, v int) {
	a.op3(o, v, v, v)
	a.op3(o, v, v, v)
}

// Polynomials, lowest power first, as in the amd64 generator: 2^x on [-1/2, 1/2],
// and the binary logarithm of the normal distribution's tail on [0, 8].
var (
	exp2Coefficients = []float32{1, 0.693121, 0.24021865, 0.055922028, 0.00968571}
	tailCoefficients = []float32{-1.000043, -1.15061, -0.45995682, -0.052635387,
		0.00794458, -0.00080724847, 4.8203307e-05, -1.2624588e-06}
)

const tailLimit = 8

// polynomial sets d to the polynomial in x whose coefficients stand in registers;
// t is scratch.
func (a *assembler) polynomial(d, t, x int, coefficients []int) {
	last := len(coefficients) - 1
	a.move(d, coefficients[last])
	for i := last - 1; i >= 0; i-- {
		a.move(t, coefficients[i])
		a.op3(fmla, t, d, x)
		d, t = t, d
	}
	if last%2 == 1 {
		a.move(t, d)
	}
}

// exp2 sets d to 2 to the power of x, which is above -126; x, t and u are
// scratch.
func (a *assembler) exp2(d, t, u, x int, coefficients []int) {
	a.op2(frintn, u, x)
	a.op3(fsub, x, x, u)
	a.polynomial(d, t, x, coefficients)
	a.op2(fcvtns, u, u)
	a.line("VSHL $23, V%d.S4, V%d.S4", u, u)
	a.line("VADD V%d.S4, V%d.S4, V%d.S4", u, d, d)
}

// gelu replaces x by max(x, 0) - |x| P(X > |x|), X standard normal; n is a
// multiple of 4.
func (a *assembler) gelu() {
	a.function("geluNEON", "applies GELU to n numbers in place, n being a multiple of 4.", 0,
		param{"x", "*float32"}, param{"n", "int"})
	const x, u, tail, t, s, p = 0, 1, 2, 3, 4, 5
	zero, limit := 15, 30
	tails, powers := registers(16, len(tailCoefficients)), registers(24, len(exp2Coefficients))
	a.constants(tails[0], tailCoefficients...)
	a.constants(powers[0], exp2Coefficients...)
	a.constants(limit, tailLimit)
	a.zero(zero)
	a.line("LSR $2, R1, R1")
	a.loop("numbers", 1, func() {
		a.load(x, 0, 0)
		a.op2(fabs, u, x)
		a.op3(fmin, u, u, limit)
		a.polynomial(tail, t, u, tails)
		a.exp2(p, t, s, tail, powers)
		a.op3(fmax, x, x, zero)
		a.op3(fmls, x, p, u)
		a.store(x, 0, 0)
		a.line("ADD $16, R0")
	})
	a.line("RET")
}

// addNorm sets x to LayerNorm(x + y); n is a multiple of 16.
func (a *assembler) addNorm() {
	const epsilon, size, mean, inverse = 30, 29, 28, 27
	a.function("addNormNEON", "sets x to LayerNorm(x + y), n being a multiple of 16.", epsilon,
		param{"x", "*float32"}, param{"y", "*float32"}, param{"gain", "*float32"}, param{"bias", "*float32"},
		param{"n", "int"}, param{"epsilon", "float32"})
	a.line("SCVTFS R4, F%d", size)
	a.line("VDUP V%d.S[0], V%d.S4", size, size)
	a.line("VDUP V%d.S[0], V%d.S4", epsilon, epsilon)
	a.constants(inverse, 1)
	sums := registers(0, 4)
	a.zero(sums...)
	a.sweep("sum", func(at func(base int) (int, int), k int) {
		a.loadAt(4, at, 0)
		a.loadAt(5, at, 1)
		a.op3(fadd, 4, 4, 5)
		a.storeAt(4, at, 0)
		a.op3(fadd, sums[k], sums[k], 4)
	})
	a.total(mean, sums)
	a.op3(fdiv, mean, mean, size)
	a.zero(sums...)
	a.sweep("variance", func(at func(base int) (int, int), k int) {
		a.loadAt(4, at, 0)
		a.op3(fsub, 4, 4, mean)
		a.storeAt(4, at, 0)
		a.op3(fmla, sums[k], 4, 4)
	})
	a.total(5, sums)
	a.op3(fdiv, 5, 5, size)
	a.op3(fadd, 5, 5, epsilon)
	a.op2(fsqrt, 5, 5)
	a.op3(fdiv, inverse, inverse, 5)
	a.sweep("norm", func(at func(base int) (int, int), _ int) {
		a.loadAt(4, at, 0)
		a.loadAt(5, at, 2)
		a.loadAt(6, at, 3)
		a.op3(fmul, 4, 4, inverse)
		a.op3(fmla, 6, 4, 5)
		a.storeAt(6, at, 0)
	})
	a.line("RET")
}

// sweep calls body for four vectors a time until the R4 numbers at R0..R3 are
// done. at turns a pointer into register and offset.
func (a *assembler) sweep(name string, body func(at func(base int) (int, int), k int)) {
	for base := range 4 {
		a.line("MOVD R%d, R%d", base, 19+base)
	}
	a.line("LSR $4, R4, R24")
	a.loop(name, 24, func() {
		for k := range 4 {
			body(func(base int) (int, int) { return 19 + base, 16 * k }, k)
		}
		for base := range 4 {
			a.line("ADD $64, R%d", 19+base)
		}
	})
}

func (a *assembler) loadAt(v int, at func(int) (int, int), base int) {
	register, offset := at(base)
	a.load(v, register, offset)
}

func (a *assembler) storeAt(v int, at func(int) (int, int), base int) {
	register, offset := at(base)
	a.store(v, register, offset)
}

// total sets every lane of d to the sum of four vectors' lanes.
func (a *assembler) total(d int, vs []int) {
	a.op3(fadd, vs[0], vs[0], vs[1])
	a.op3(fadd, vs[2], vs[2], vs[3])
	a.op3(fadd, d, vs[0], vs[2])
	a.reduce(faddp, d)
}
