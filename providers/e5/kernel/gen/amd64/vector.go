package main

import (
	"fmt"
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector is one width of float32 vectors. Most instructions take both widths
// by the same name, so one generator serves both; where the sets differ, its
// methods choose.
type vector struct {
	name  string // suffix of the functions' names
	lanes int    // float32 numbers in a register
	new   func() reg.VecVirtual
	rows  int // tokens whose sums fit the registers beside each other

	shared map[string]Mem // constants in memory, by name
}

const (
	headWidth = 32 // width of an attention head
	groupRows = 6  // tokens that one call of an attention function serves
)

func (v vector) bytes() int { return 4 * v.lanes }

func (v vector) zero(r reg.VecVirtual) {
	if v.lanes == 16 {
		VPXORD(r, r, r)
		return
	}
	VXORPS(r, r, r)
}

func (v vector) zeros(n int) []reg.VecVirtual {
	rs := v.several(n)
	for _, r := range rs {
		v.zero(r)
	}
	return rs
}

func (v vector) several(n int) []reg.VecVirtual {
	rs := make([]reg.VecVirtual, n)
	for i := range rs {
		rs[i] = v.new()
	}
	return rs
}

// round sets dst to the whole numbers nearest src.
func (v vector) round(src, dst reg.VecVirtual) {
	if v.lanes == 16 {
		VRNDSCALEPS(Imm(8), src, dst)
		return
	}
	VROUNDPS(Imm(8), src, dst)
}

// scale multiplies p by 2 to the whole number n, which it may overwrite.
func (v vector) scale(n, p reg.VecVirtual) {
	if v.lanes == 16 {
		VSCALEFPS(n, p, p)
		return
	}
	VCVTPS2DQ(n, n)
	VPSLLD(Imm(23), n, n)
	VPADDD(n, p, p)
}

// reduce applies op across the lanes of r and leaves the result in all of them.
func (v vector) reduce(op func(...Op), r reg.VecVirtual) {
	v.reduceQuarters(op, r)
	t := v.new()
	for _, order := range []uint64{0x4e, 0xb1} { // pairs, then neighbours
		VPERMILPS(Imm(order), r, t)
		op(t, r, r)
	}
}

// reduceQuarters applies op across the 128-bit quarters (halves) of r and leaves
// the result in each of them.
func (v vector) reduceQuarters(op func(...Op), r reg.VecVirtual) {
	t := v.new()
	if v.lanes == 8 {
		VPERM2F128(Imm(1), r, r, t)
		op(t, r, r)
		return
	}
	for _, order := range []uint64{0x4e, 0xb1} {
		VSHUFF32X4(Imm(order), r, r, t)
		op(t, r, r)
	}
}

// constant returns a number repeated over a whole register, in memory.
func (v vector) constant(x float32) Mem {
	name := fmt.Sprintf("f%08x", floatBits(x))
	return v.repeated(name, F32(x))
}

// repeated returns sixteen copies of a four-byte constant, made once.
func (v vector) repeated(name string, c Constant) Mem {
	if m, ok := v.shared[name]; ok {
		return m
	}
	m := GLOBL(name, rodata)
	for i := range 16 {
		DATA(4*i, c)
	}
	v.shared[name] = m
	return m
}

// polynomial sets dst to the polynomial in x with the given coefficients,
// lowest power first.
func (v vector) polynomial(coefficients []float32, x, dst reg.VecVirtual) {
	last := len(coefficients) - 1
	VMOVUPS(v.constant(coefficients[last]), dst)
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(v.constant(coefficients[i]), x, dst)
	}
}

// exp2 returns 2 to the power of x, which it overwrites; x is above -126.
func (v vector) exp2(x reg.VecVirtual) reg.VecVirtual {
	n, p := v.new(), v.new()
	v.round(x, n)
	VSUBPS(n, x, x)
	v.polynomial(exp2Coefficients, x, p)
	v.scale(n, p)
	return p
}

// function begins a function.
func function(name, signature, doc string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + " " + doc)
}

// loop emits body once per iteration; count is a register that it uses up and
// that must hold at least one.
func loop(name string, count reg.GPVirtual, body func()) {
	Label(name)
	body()
	DECQ(count)
	JNZ(LabelRef(name))
}

// pointer loads a pointer or integer parameter.
func pointer(name string) reg.GPVirtual {
	return Load(Param(name), GP64()).(reg.GPVirtual)
}

// strideOf loads a parameter that counts float32 numbers and makes it bytes.
func strideOf(name string) reg.GPVirtual {
	r := pointer(name)
	SHLQ(Imm(2), r)
	return r
}

// vectorsOf loads a parameter that counts float32 numbers and makes it vectors.
func (v vector) vectorsOf(name string) reg.GPVirtual {
	r := pointer(name)
	SHRQ(Imm(uint64(bits.TrailingZeros(uint(v.lanes)))), r)
	return r
}

// parameter returns a parameter's place on the stack.
func parameter(name string) Op {
	c, err := Param(name).Resolve()
	if err != nil {
		panic(err) // the signature above lacks the name
	}
	return c.Addr
}

// advance adds n bytes to a pointer.
func advance(p reg.GPVirtual, n int) {
	ADDQ(U32(uint32(n)), p)
}

// done ends a function that used vector registers.
func done() {
	VZEROUPPER()
	RET()
}
