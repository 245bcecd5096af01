package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// signature of the products: tiles x (rows of the tile) tokens times one panel
// of outputs. Row r of act has blocks blocks, and as many scales and offsets.
const signature = "func(dst *float32, dstStride int, act *int8, scale *float32, offset *int32, " +
	"w *uint8, wScale, bias *float32, tiles, blocks int)"

// operands holds the registers of a product that both paths share. Token rows
// three and later are addressed from a second base, so that six rows need one
// stride.
type operands struct {
	act, scale, offset    [2]reg.GPVirtual // of rows 0 and 3
	actStride, metaStride reg.GPVirtual
	dst, dstStride        reg.GPVirtual
	tiles                 reg.GPVirtual
}

func loadOperands(blockSizeLog2 uint64) operands {
	o := operands{
		act:    [2]reg.GPVirtual{pointer("act"), GP64()},
		scale:  [2]reg.GPVirtual{pointer("scale"), GP64()},
		offset: [2]reg.GPVirtual{pointer("offset"), GP64()},
		dst:    pointer("dst"), dstStride: strideOf("dstStride"),
		actStride: pointer("blocks"), metaStride: strideOf("blocks"),
		tiles: pointer("tiles"),
	}
	SHLQ(Imm(blockSizeLog2), o.actStride)
	return o
}

// second sets the bases of row 3.
func (o operands) second() {
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

// multiplyBytes multiplies tiles of 6 tokens by a panel of 32 outputs with
// VPDPBUSD. Weights are bytes with a zero point of 128, packed [K/4][32][4];
// twelve registers hold a block's integer sums, which begin at the offset that
// undoes the zero point, and twelve the scaled sums of all blocks.
func (v vector) multiplyBytes() {
	const (
		rows, vectors = 6, 2
		unroll        = 4
	)
	function("multiplyVNNI", signature, "multiplies tiles of 6 tokens by a panel of 32 outputs.")
	o := loadOperands(7)
	sums, totals := v.several(rows*vectors), v.several(rows*vectors)
	weights, bytes := v.several(vectors), ZMM()
	loop("tile", o.tiles, func() {
		w, blocks := pointer("w"), pointer("blocks")
		o.second()
		for _, t := range totals {
			v.zero(t)
		}
		loop("block", blocks, func() {
			for i := range sums {
				VPBROADCASTD(o.offsetAt(i/vectors), sums[i])
			}
			steps := GP64()
			MOVQ(U64(128/4/unroll), steps)
			loop("step", steps, func() {
				for u := range unroll {
					for c := range vectors {
						VMOVDQU64(Mem{Base: w, Disp: (u*vectors + c) * 64}, weights[c])
					}
					for r := range rows {
						VPBROADCASTD(o.actAt(r, 4*u), bytes)
						for c := range vectors {
							VPDPBUSD(bytes, weights[c], sums[r*vectors+c])
						}
					}
				}
				advance(o.act[0], 4*unroll)
				advance(o.act[1], 4*unroll)
				advance(w, 64*vectors*unroll)
			})
			for i := range sums {
				VCVTDQ2PS(sums[i], sums[i])
				VFMADD231PS_BCST(o.scaleAt(i/vectors), sums[i], totals[i])
			}
			o.nextBlock()
		})
		scale, bias := pointer("wScale"), pointer("bias")
		for c := range vectors {
			VMOVUPS(Mem{Base: scale, Disp: c * 64}, sums[c])
			VMOVUPS(Mem{Base: bias, Disp: c * 64}, sums[vectors+c])
		}
		for i, t := range totals {
			c := i % vectors
			VFMADD213PS(sums[vectors+c], sums[c], t)
		}
		o.store(v, totals, rows)
	})
	done()
}

// nextBlock moves the scales and offsets on.
func (o operands) nextBlock() {
	for _, p := range []reg.GPVirtual{o.scale[0], o.scale[1], o.offset[0], o.offset[1]} {
		advance(p, 4)
	}
}

// store writes a tile and moves on to the next one's rows; within the tile the
// bases have already moved on by one row.
func (o operands) store(v vector, totals []reg.VecVirtual, rows int) {
	vectors := len(totals) / rows
	for i, t := range totals {
		VMOVUPS(t, Mem{Base: o.dst, Disp: i % vectors * v.bytes()})
		if i%vectors == vectors-1 {
			ADDQ(o.dstStride, o.dst)
		}
	}
	for range rows - 1 {
		ADDQ(o.actStride, o.act[0])
		ADDQ(o.metaStride, o.scale[0])
		ADDQ(o.metaStride, o.offset[0])
	}
}

// multiplyNibbles multiplies tiles of 3 tokens by a panel of 16 outputs with
// VPMADDUBSW. Weights are the stored 4-bit numbers 0..15, one a byte with a
// zero point of 8, packed [K/4][16][4], and wScale is [K/32][16]. A 16-bit lane
// takes 8 sums of 2 products of at most 15 x 127 in a block of 32, which is
// below 2^15, so nothing saturates.
func (v vector) multiplyNibbles() {
	const rows, vectors = 3, 2
	function("multiplyNibbles", signature, "multiplies tiles of 3 tokens by a panel of 16 outputs.")
	o := loadOperands(5)
	totals, sums := v.several(rows*vectors), v.several(rows*vectors)
	loop("tile", o.tiles, func() {
		w, wScale, blocks := pointer("w"), pointer("wScale"), pointer("blocks")
		for _, t := range totals {
			v.zero(t)
		}
		loop("block", blocks, func() {
			v.nibbleSums(o, w, sums, rows, vectors)
			advance(w, 32*16)
			for r := range rows {
				offset, scale := YMM(), YMM()
				VPBROADCASTD(o.offsetAt(r), offset)
				VBROADCASTSS(o.scaleAt(r), scale)
				for c := range vectors {
					s := sums[r*vectors+c]
					VPMADDWD(v.repeated("ones", U32(0x00010001)), s, s) // pairs
					VPADDD(offset, s, s)
					VCVTDQ2PS(s, s)
					VMULPS(scale, s, s)
					VFMADD231PS(Mem{Base: wScale, Disp: 32 * c}, s, totals[r*vectors+c])
				}
			}
			advance(wScale, 64)
			advance(o.act[0], 32)
			advance(o.scale[0], 4)
			advance(o.offset[0], 4)
		})
		bias := pointer("bias")
		for i, t := range totals {
			VADDPS(Mem{Base: bias, Disp: i % vectors * 32}, t, t)
		}
		o.store(v, totals, rows)
	})
	done()
}

// nibbleSums sets sums to the 16-bit sums of pairs over one block of 32.
func (v vector) nibbleSums(o operands, w reg.GPVirtual, sums []reg.VecVirtual, rows, vectors int) {
	weights, bytes := v.several(vectors), YMM()
	for step := range 8 {
		for c := range vectors {
			VMOVDQU(Mem{Base: w, Disp: (step*vectors + c) * 32}, weights[c])
		}
		for r := range rows {
			VPBROADCASTD(o.actAt(r, 4*step), bytes)
			for c := range vectors {
				s := sums[r*vectors+c]
				if step == 0 {
					VPMADDUBSW(bytes, weights[c], s)
					continue
				}
				product := YMM()
				VPMADDUBSW(bytes, weights[c], product)
				VPADDW(product, s, s)
			}
		}
	}
}
