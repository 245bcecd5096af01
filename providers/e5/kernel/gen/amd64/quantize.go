package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// quantize turns n blocks of float32 numbers, n being a multiple of four, into
// int8 codes of -127..127 with one scale a block, x = scale x code. The sum of
// the codes, times minus the weights' zero point, goes to offset, where the
// weights have one. Four blocks go together, because their reductions then share
// instructions.
func (v vector) quantize(name string, zeroPoint bool) {
	function(name, "func(q *int8, scale *float32, offset *int32, x *float32, n int)",
		"turns n blocks of x into int8 codes, a scale and an offset each, n being a multiple of 4.")
	q, scale, offset, x, n := pointer("q"), pointer("scale"), pointer("offset"), pointer("x"), pointer("n")
	SHRQ(Imm(2), n)
	loop("blocks", n, func() {
		highest := v.several(4)
		for b := range highest {
			VMOVUPS(v.constant(1e-30), highest[b]) // keeps blocks of zeros from dividing by zero
			for i := range block / v.lanes {
				t := v.new()
				VMOVUPS(Mem{Base: x, Disp: 4*b*block + i*v.bytes()}, t)
				VANDPS(v.repeated("magnitude", U32(0x7fffffff)), t, t)
				VMAXPS(t, highest[b], highest[b])
			}
		}
		each := v.reduceFour(VMAXPS, highest)
		inverses, unit := v.new(), v.new()
		VMOVUPS(v.constant(127), inverses)
		VDIVPS(each, inverses, inverses)
		VMULPS(v.constant(1.0/127), each, unit)
		VMOVUPS(unit.AsX(), Mem{Base: scale})
		sums := v.codes(q, x, inverses)
		if zeroPoint {
			v.offsets(offset, sums)
		}
		advance(x, 4*4*block)
		advance(q, 4*block)
		advance(scale, 4*4)
		advance(offset, 4*4)
	})
	done()
}

// codes writes the codes of four blocks, whose inverse scales stand side by side
// in each quarter of inverses, and returns sums of them.
func (v vector) codes(q, x reg.GPVirtual, inverses reg.VecVirtual) []reg.VecVirtual {
	sums := v.zeros(4)
	for b, sum := range sums {
		inverse, in := v.new(), v.several(block/v.lanes)
		VPERMILPS(Imm(uint64(0x55*b)), inverses, inverse) // lane b everywhere
		for i := range in {
			VMULPS(Mem{Base: x, Disp: 4*b*block + i*v.bytes()}, inverse, in[i])
			VCVTPS2DQ(in[i], in[i])
			VPADDD(in[i], sum, sum)
		}
		v.storeBytes(in, Mem{Base: q, Disp: b * block})
	}
	return sums
}

// offsets writes minus 8 times what the lanes of each sum hold together.
func (v vector) offsets(offset reg.GPVirtual, sums []reg.VecVirtual) {
	const zeroPoint = 3 // a shift by 3 multiplies by 8
	total, zero := v.reduceFour(VPADDD, sums), v.zeros(1)[0]
	VPSUBD(total, zero, total)
	VPSLLD(Imm(zeroPoint), total, total)
	VMOVUPS(total.AsX(), Mem{Base: offset})
}

// reduceFour applies op across the lanes of each of four vectors; the results
// stand side by side in every quarter of the vector that it returns.
func (v vector) reduceFour(op func(...Op), in []reg.VecVirtual) reg.VecVirtual {
	fold := func(low, high func(...Op), a, b reg.VecVirtual) reg.VecVirtual {
		t, u := v.new(), v.new()
		low(b, a, t)
		high(b, a, u)
		op(t, u, u)
		return u
	}
	r := fold(VUNPCKLPD, VUNPCKHPD,
		fold(VUNPCKLPS, VUNPCKHPS, in[0], in[1]), fold(VUNPCKLPS, VUNPCKHPS, in[2], in[3]))
	v.reduceQuarters(op, r)
	return r
}

// storeBytes writes a block's int32 lanes as int8.
func (v vector) storeBytes(in []reg.VecVirtual, to Mem) {
	if v.lanes == 16 {
		for i, r := range in {
			VPMOVSDB(r, to.Offset(i*v.lanes))
		}
		return
	}
	VPACKSSDW(in[1], in[0], in[0])
	VPACKSSDW(in[3], in[2], in[2])
	VPACKSSWB(in[2], in[0], in[0])
	// The packs work within halves: dwords lie as 0 2 4 6 | 1 3 5 7.
	order := YMM()
	VMOVDQU(v.dwords("halves", 0, 4, 1, 5, 2, 6, 3, 7), order)
	VPERMD(in[0], order, in[0])
	VMOVDQU(in[0], to)
}

// dwords returns 32-bit constants in memory, made once.
func (v vector) dwords(name string, values ...uint32) Mem {
	if m, ok := v.shared[name]; ok {
		return m
	}
	m := GLOBL(name, rodata)
	for i, x := range values {
		DATA(4*i, U32(x))
	}
	v.shared[name] = m
	return m
}
