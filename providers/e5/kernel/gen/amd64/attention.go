package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scores multiplies groupRows query rows of headWidth numbers by n keys, n
// being a multiple of the lanes. Keys come transposed, so that a vector holds
// the same component of neighbouring keys.
func (v vector) scores() {
	function("scores"+v.name, "func(dst *float32, dstStride int, q, keys *float32, keyStride, n int)",
		"multiplies 6 query rows by n transposed keys, n being a multiple of the lanes.")
	dst, ds := pointer("dst"), strideOf("dstStride")
	keys, ks, n := pointer("keys"), strideOf("keyStride"), strideOf("n")
	ds3 := GP64()
	LEAQ(Mem{Base: ds, Index: ds, Scale: 2}, ds3)
	const wide = 2
	Label("wide")
	CMPQ(n, Imm(uint64(wide*v.bytes())))
	JLT(LabelRef("narrow"))
	v.scoresTile("wideTile", wide, dst, ds, ds3, keys, ks)
	SUBQ(Imm(uint64(wide*v.bytes())), n)
	JMP(LabelRef("wide"))
	Label("narrow")
	TESTQ(n, n)
	JZ(LabelRef("end"))
	v.scoresTile("narrowTile", 1, dst, ds, ds3, keys, ks)
	Label("end")
	done()
}

// scoresTile computes groupRows x (vectors x lanes) scores and moves dst and
// keys on to the next ones.
func (v vector) scoresTile(name string, vectors int, dst, ds, ds3, keys, ks reg.GPVirtual) {
	const unroll = 4
	q := pointer("q")
	sums := v.zeros(groupRows * vectors)
	key, component, k, count := v.several(vectors), v.new(), GP64(), GP64()
	MOVQ(keys, k)
	MOVQ(U64(headWidth/unroll), count)
	loop(name, count, func() {
		for u := range unroll {
			for c := range vectors {
				VMOVUPS(Mem{Base: k, Disp: c * v.bytes()}, key[c])
			}
			ADDQ(ks, k)
			for r := range groupRows {
				VBROADCASTSS(Mem{Base: q, Disp: 4 * (r*headWidth + u)}, component)
				for c := range vectors {
					VFMADD231PS(key[c], component, sums[r*vectors+c])
				}
			}
		}
		advance(q, 4*unroll)
	})
	low := GP64()
	LEAQ(Mem{Base: dst, Index: ds3, Scale: 1}, low)
	for r := range groupRows {
		for c := range vectors {
			VMOVUPS(sums[r*vectors+c], row(dst, low, ds, r, c*v.bytes()))
		}
	}
	advance(dst, vectors*v.bytes())
	advance(keys, vectors*v.bytes())
}

// row addresses row r of six, base3 being base + 3 strides.
func row(base, base3, stride reg.Register, r, disp int) Mem {
	m := Mem{Base: base, Disp: disp}
	if r >= 3 {
		m.Base, r = base3, r-3
	}
	if r > 0 {
		m.Index, m.Scale = stride, uint8(r)
	}
	return m
}

// lowestExponent is where e^x is taken for nothing: 2^-100, so that products with
// it stay clear of subnormal numbers, which are slow.
const lowestExponent = -100

// softmax turns groupRows rows of n scores, n being a multiple of the lanes,
// into e to the power of scale x (score - the row's highest), without dividing
// by their sum: its inverse goes to sums. Entries that are not keys hold a very
// negative number and become nothing.
func (v vector) softmax() {
	function("softmax"+v.name, "func(s *float32, stride, n int, sums *float32, scale float32)",
		"makes 6 rows of n scores weights, and their inverse sums.")
	s, stride, n, sums := pointer("s"), strideOf("stride"), strideOf("n"), pointer("sums")
	scale, rows := v.new(), GP64()
	VBROADCASTSS(parameter("scale"), scale)
	VMULPS(v.constant(1.4426950408889634), scale, scale) // log2 e
	MOVQ(U64(groupRows), rows)
	loop("row", rows, func() {
		highest, sum, i := v.new(), v.zeros(1)[0], GP64()
		VMOVUPS(Mem{Base: s}, highest)
		XORQ(i, i)
		Label("highest")
		VMAXPS(Mem{Base: s, Index: i, Scale: 1}, highest, highest)
		advance(i, v.bytes())
		CMPQ(i, n)
		JLT(LabelRef("highest"))
		v.reduce(VMAXPS, highest)
		VMULPS(scale, highest, highest)
		XORQ(i, i)
		Label("exp")
		t := v.new()
		VMOVUPS(Mem{Base: s, Index: i, Scale: 1}, t)
		VFMSUB213PS(highest, scale, t)
		VMAXPS(v.constant(lowestExponent), t, t)
		e := v.exp2(t)
		VADDPS(e, sum, sum)
		VMOVUPS(e, Mem{Base: s, Index: i, Scale: 1})
		advance(i, v.bytes())
		CMPQ(i, n)
		JLT(LabelRef("exp"))
		v.reduce(VADDPS, sum)
		one := v.new()
		VMOVUPS(v.constant(1), one)
		VDIVSS(sum.AsX(), one.AsX(), sum.AsX())
		VMOVSS(sum.AsX(), Mem{Base: sums})
		advance(sums, 4)
		ADDQ(stride, s)
	})
	done()
}

// context sums n value rows of headWidth numbers, weighted by each of groupRows
// rows of softmax, and multiplies by the inverse sums.
func (v vector) context() {
	function("context"+v.name, "func(dst *float32, dstStride int, p *float32, pStride int, values, sums *float32, n int)",
		"sums n value rows by 6 rows of weights.")
	dst, ds, p, ps, sums := pointer("dst"), strideOf("dstStride"), pointer("p"), strideOf("pStride"), pointer("sums")
	tiles, ps3 := GP64(), GP64()
	LEAQ(Mem{Base: ps, Index: ps, Scale: 2}, ps3)
	MOVQ(U64(uint64(groupRows/v.rows)), tiles)
	loop("tile", tiles, func() {
		values, n, low, at := pointer("values"), pointer("n"), GP64(), GP64()
		MOVQ(p, at)
		LEAQ(Mem{Base: p, Index: ps3, Scale: 1}, low)
		vectors := headWidth / v.lanes
		acc, weight, value := v.zeros(v.rows*vectors), v.several(v.rows), v.new()
		loop("value", n, func() {
			for r := range v.rows {
				VBROADCASTSS(row(at, low, ps, r, 0), weight[r])
			}
			for c := range vectors {
				VMOVUPS(Mem{Base: values, Disp: c * v.bytes()}, value)
				for r := range v.rows {
					VFMADD231PS(weight[r], value, acc[r*vectors+c])
				}
			}
			advance(values, 4*headWidth)
			advance(at, 4)
			advance(low, 4)
		})
		for r := range v.rows {
			VBROADCASTSS(Mem{Base: sums, Disp: 4 * r}, value)
			for c := range vectors {
				VMULPS(value, acc[r*vectors+c], acc[r*vectors+c])
				VMOVUPS(acc[r*vectors+c], Mem{Base: dst, Disp: c * v.bytes()})
			}
			ADDQ(ds, dst)
			ADDQ(ps, p)
		}
		advance(sums, 4*v.rows)
	})
	done()
}
