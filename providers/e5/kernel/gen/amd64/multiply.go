package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	block        = 32 // inputs that share a scale
	panelVectors = 2  // vectors of outputs that a tile takes
)

// signature of the products: tiles x (rows of the tile) tokens times one panel
// of outputs. Row r of act has blocks blocks, and as many scales and offsets.
const signature = "func(dst *float32, dstStride int, act *int8, scale *float32, offset *int32, " +
	"w *uint8, wScale, bias *float32, tiles, blocks int)"

// operands holds a product's registers. Token rows three and later are
// addressed from a second base, so that six rows need one stride.
type operands struct {
	act, scale, offset    [2]reg.GPVirtual // of rows 0 and 3
	actStride, metaStride reg.GPVirtual
	dst, dstStride        reg.GPVirtual
	tiles                 reg.GPVirtual
}

func loadOperands() operands {
	o := operands{
		act:    [2]reg.GPVirtual{pointer("act"), GP64()},
		scale:  [2]reg.GPVirtual{pointer("scale"), GP64()},
		offset: [2]reg.GPVirtual{pointer("offset"), GP64()},
		dst:    pointer("dst"), dstStride: strideOf("dstStride"),
		actStride: pointer("blocks"), metaStride: strideOf("blocks"),
		tiles: pointer("tiles"),
	}
	SHLQ(Imm(5), o.actStride) // x block
	return o
}

// second sets the bases of row 3, where a tile has one.
func (o operands) second(rows int) {
	if rows <= 3 {
		return
	}
	for _, p := range []struct {
		base   [2]reg.GPVirtual
		stride reg.GPVirtual
	}{{o.act, o.actStride}, {o.scale, o.metaStride}, {o.offset, o.metaStride}} {
		LEAQ(Mem{Base: p.base[0], Index: p.stride, Scale: 2}, p.base[1])
		ADDQ(p.stride, p.base[1])
	}
}

func (o operands) actAt(r, disp int) Mem { return row(o.act[0], o.act[1], o.actStride, r, disp) }
func (o operands) scaleAt(r int) Mem     { return row(o.scale[0], o.scale[1], o.metaStride, r, 0) }
func (o operands) offsetAt(r int) Mem    { return row(o.offset[0], o.offset[1], o.metaStride, r, 0) }

// multiply multiplies tiles of v.rows tokens by a panel of two vectors of
// outputs. Weights are the stored 4-bit numbers 0..15, one a byte with a zero
// point of 8, packed [K/4][outputs][4]; wScale is [K/32][outputs]. Each
// accumulator has two registers: the integer sum over a block, and the scaled
// total of all blocks.
func (v vector) multiply() {
	function("multiply"+v.name, signature, "multiplies tiles of tokens by a panel of outputs.")
	o := loadOperands()
	totals, sums := v.several(v.rows*panelVectors), v.several(v.rows*panelVectors)
	loop("tile", o.tiles, func() {
		w, wScale, blocks := pointer("w"), pointer("wScale"), pointer("blocks")
		o.second(v.rows)
		for _, t := range totals {
			v.zero(t)
		}
		loop("block", blocks, func() {
			if v.lanes == 16 {
				v.sumQuads(o, w, sums)
			} else {
				v.sumPairs(o, w, sums)
			}
			scale := v.new()
			for i, s := range sums {
				r, c := i/panelVectors, i%panelVectors
				if c == 0 {
					VBROADCASTSS(o.scaleAt(r), scale)
				}
				VCVTDQ2PS(s, s)
				VMULPS(scale, s, s)
				VFMADD231PS(Mem{Base: wScale, Disp: c * v.bytes()}, s, totals[i])
			}
			advance(w, block*panelVectors*v.lanes)
			advance(wScale, panelVectors*v.bytes())
			o.nextBlock(v.rows)
		})
		bias := pointer("bias")
		for i, t := range totals {
			VADDPS(Mem{Base: bias, Disp: i % panelVectors * v.bytes()}, t, t)
		}
		o.store(v, totals)
	})
	done()
}

// sumQuads sets sums to a block's products with VPDPBUSD, which adds four to an
// int32 lane; they begin at the offset that undoes the weights' zero point.
func (v vector) sumQuads(o operands, w reg.GPVirtual, sums []reg.VecVirtual) {
	weights, bytes := v.several(panelVectors), v.new()
	for i, s := range sums {
		VPBROADCASTD(o.offsetAt(i/panelVectors), s)
	}
	for step := range block / 4 {
		for c := range weights {
			VMOVDQU64(Mem{Base: w, Disp: (step*panelVectors + c) * v.bytes()}, weights[c])
		}
		for r := range v.rows {
			VPBROADCASTD(o.actAt(r, 4*step), bytes)
			for c := range weights {
				VPDPBUSD(bytes, weights[c], sums[r*panelVectors+c])
			}
		}
	}
}

// sumPairs does the same with VPMADDUBSW. A 16-bit lane takes eight sums of two
// products, each at most 15 x 127, which stays below 2^15: nothing saturates.
func (v vector) sumPairs(o operands, w reg.GPVirtual, sums []reg.VecVirtual) {
	weights, bytes := v.several(panelVectors), v.new()
	for step := range block / 4 {
		for c := range weights {
			VMOVDQU(Mem{Base: w, Disp: (step*panelVectors + c) * v.bytes()}, weights[c])
		}
		for r := range v.rows {
			VPBROADCASTD(o.actAt(r, 4*step), bytes)
			for c := range weights {
				s := sums[r*panelVectors+c]
				if step == 0 {
					VPMADDUBSW(bytes, weights[c], s)
					continue
				}
				product := v.new()
				VPMADDUBSW(bytes, weights[c], product)
				VPADDW(product, s, s)
			}
		}
	}
	offset := v.new()
	for i, s := range sums {
		if i%panelVectors == 0 {
			VPBROADCASTD(o.offsetAt(i/panelVectors), offset)
		}
		VPMADDWD(v.repeated("ones", U32(0x00010001)), s, s) // adds up pairs
		VPADDD(offset, s, s)
	}
}

// nextBlock moves the bases on.
func (o operands) nextBlock(rows int) {
	for i := range (rows + 2) / 3 {
		advance(o.act[i], block)
		advance(o.scale[i], 4)
		advance(o.offset[i], 4)
	}
}

// store writes a tile and moves on to the next one's rows; within the tile the
// bases have already moved on by one row.
func (o operands) store(v vector, totals []reg.VecVirtual) {
	for i, t := range totals {
		c := i % panelVectors
		VMOVUPS(t, Mem{Base: o.dst, Disp: c * v.bytes()})
		if c == panelVectors-1 {
			ADDQ(o.dstStride, o.dst)
		}
	}
	for range v.rows - 1 {
		ADDQ(o.actStride, o.act[0])
		ADDQ(o.metaStride, o.scale[0])
		ADDQ(o.metaStride, o.offset[0])
	}
}
