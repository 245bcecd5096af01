package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// quantize turns blocks of float32 numbers into int8 codes of -127..127 with
// one scale a block, x = scale x code. The sum of the codes, times minus the
// zero point of the weights that they will meet, goes to offset.
func (v vector) quantize() {
	function("quantize"+v.name, "func(q *int8, scale *float32, offset *int32, x *float32, blocks int)",
		"turns blocks of x into int8 codes, a scale and an offset each.")
	q, scale, offset, x, blocks := pointer("q"), pointer("scale"), pointer("offset"), pointer("x"), pointer("blocks")
	size, zeroPoint := 128, uint64(7) // 2 to this power
	if v.lanes == 8 {
		size, zeroPoint = 32, 3
	}
	loop("block", blocks, func() {
		in, highest := v.several(size/v.lanes), v.new()
		VMOVUPS(v.constant(1e-30), highest) // keeps blocks of zeros from dividing by zero
		for i := range in {
			t := v.new()
			VMOVUPS(Mem{Base: x, Disp: i * v.bytes()}, in[i])
			VANDPS(v.repeated("magnitude", U32(0x7fffffff)), in[i], t)
			VMAXPS(t, highest, highest)
		}
		v.reduce(VMAXPS, highest)
		inverse := v.new()
		VMOVUPS(v.constant(127), inverse)
		VDIVPS(highest, inverse, inverse)
		VMULSS(v.constant(1.0/127), highest.AsX(), highest.AsX())
		VMOVSS(highest.AsX(), Mem{Base: scale})
		sum := v.zeros(1)[0]
		for i := range in {
			VMULPS(inverse, in[i], in[i])
			VCVTPS2DQ(in[i], in[i])
			VPADDD(in[i], sum, sum)
		}
		v.storeBytes(in, q)
		v.reduce(VPADDD, sum)
		zero := v.zeros(1)[0]
		VPSUBD(sum, zero, sum)
		VPSLLD(Imm(zeroPoint), sum, sum)
		VMOVD(sum.AsX(), Mem{Base: offset})
		advance(x, 4*size)
		advance(q, size)
		advance(scale, 4)
		advance(offset, 4)
	})
	done()
}

// storeBytes writes int32 lanes as int8.
func (v vector) storeBytes(in []reg.VecVirtual, to reg.GPVirtual) {
	if v.lanes == 16 {
		for i, r := range in {
			VPMOVSDB(r, Mem{Base: to, Disp: i * v.lanes})
		}
		return
	}
	VPACKSSDW(in[1], in[0], in[0])
	VPACKSSDW(in[3], in[2], in[2])
	VPACKSSWB(in[2], in[0], in[0])
	// The packs work within halves: dwords lie as 0 2 4 6 | 1 3 5 7.
	order := YMM()
	VMOVDQU(dwords("halves", 0, 4, 1, 5, 2, 6, 3, 7), order)
	VPERMD(in[0], order, in[0])
	VMOVDQU(in[0], Mem{Base: to})
}

// dwords puts 32-bit constants into memory.
func dwords(name string, values ...uint32) Mem {
	m := GLOBL(name, rodata)
	for i, x := range values {
		DATA(4*i, U32(x))
	}
	return m
}
