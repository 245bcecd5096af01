package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose writes n rows of headWidth numbers, n being a multiple of the
// lanes, as headWidth rows of n.
func (v vector) transpose() {
	function("transpose"+v.name, "func(dst *float32, dstStride int, src *float32, n int)",
		"writes n rows of a head as columns, n being a multiple of the lanes.")
	dst, ds, src, n := pointer("dst"), strideOf("dstStride"), pointer("src"), v.vectorsOf("n")
	loop("tokens", n, func() {
		to := GP64()
		MOVQ(dst, to)
		for part := range headWidth / v.lanes {
			rows := v.several(v.lanes)
			for i := range rows {
				VMOVUPS(Mem{Base: src, Disp: 4*i*headWidth + part*v.bytes()}, rows[i])
			}
			for _, r := range v.transposed(rows) {
				VMOVUPS(r, Mem{Base: to})
				ADDQ(ds, to)
			}
		}
		advance(dst, v.bytes())
		advance(src, 4*v.lanes*headWidth)
	})
	done()
}

// transposed turns a square of lanes x lanes numbers. Within 128-bit quarters
// it interleaves singles, then pairs; then it deals the quarters out.
func (v vector) transposed(in []reg.VecVirtual) []reg.VecVirtual {
	in = v.interleave(in, 1, VUNPCKLPS, VUNPCKHPS)
	in = v.interleave(in, 2, VUNPCKLPD, VUNPCKHPD)
	for i := 0; i < len(in); i += 4 {
		in[i+1], in[i+2] = in[i+2], in[i+1]
	}
	// in[4q+j] now holds, in its quarter c, component 4c+j of tokens 4q..4q+3.
	pick := func(order uint64) func(...Op) {
		return func(ops ...Op) {
			if v.lanes == 16 {
				VSHUFF32X4(Imm(order), ops[0], ops[1], ops[2])
				return
			}
			VPERM2F128(Imm(order), ops[0], ops[1], ops[2])
		}
	}
	if v.lanes == 8 {
		return v.interleave(in, 4, pick(0x20), pick(0x31))
	}
	in = v.interleave(in, 4, pick(0x88), pick(0xdd))
	return v.interleave(in, 8, pick(0x88), pick(0xdd))
}

// interleave combines registers that lie distance apart, low into the first and
// high into the second place.
func (v vector) interleave(in []reg.VecVirtual, distance int, low, high func(...Op)) []reg.VecVirtual {
	out := v.several(len(in))
	for i := range in {
		if i&distance == 0 {
			low(in[i+distance], in[i], out[i])
			high(in[i+distance], in[i], out[i+distance])
		}
	}
	return out
}
