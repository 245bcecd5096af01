package main

import (
	"encoding/binary"
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The tile registers: sums of two blocks times two vectors of outputs, the
// activations of each block, and weights.
const (
	sumTile    = 0
	actTile    = 4
	weightTile = 6
)

const (
	tileRows   = 12                           // tokens that one set of tiles takes
	tileLine   = 4 * tileLanes * panelVectors // bytes of a row of weights, and of stored sums
	tileLanes  = 16
	tileBlocks = 2 // blocks that one iteration takes, so that one's sums are scaled while the next's are made
	tileRoom   = tileRows * tileLine
)

// The registers that tile instructions address with stand where their bytes say.
var (
	tileAct, tileActStride = reg.RSI, reg.RCX
	tileWeight             = reg.RDX
	tileSums, tileStride   = reg.RDI, reg.RBX // of tileLine bytes
)

// multiplyTiles is multiply with AMX's tile registers (Intel's Instruction Set
// Extensions Programming Reference, chapter 3). Weights are signed, which needs
// no offsets; they are packed as for VPDPBUSD, which is the form of a tile.
// Tokens come in groups of six; two groups go together, and a lone one last.
func (v vector) multiplyTiles() {
	// Not NOSPLIT: the stored sums stand on the stack.
	TEXT("multiplyAMX", 0, signature)
	Pragma("noescape")
	Doc("multiplyAMX multiplies groups of six tokens by a panel of outputs.")
	room := AllocLocal(tileBlocks*tileRoom + 64)
	o := tileOperands{
		scales: [4]reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11}, metaStride: reg.R12,
		wScale: reg.R13, groups: reg.R14, dst: reg.R15, spare: reg.RAX,
		totals: v.several(tileRows * panelVectors),
	}
	LEAQ(room, tileSums)
	ADDQ(Imm(63), tileSums)
	ANDQ(I32(-64), tileSums)
	MOVQ(U32(tileLine), tileStride)
	Load(Param("act"), tileAct)
	Load(Param("blocks"), tileActStride)
	SHLQ(Imm(5), tileActStride) // x block
	Load(Param("blocks"), o.metaStride)
	SHLQ(Imm(2), o.metaStride)
	Load(Param("scale"), o.scales[0])
	Load(Param("dst"), o.dst)
	Load(Param("tiles"), o.groups)

	CMPQ(o.groups, Imm(tileRows/groupRows))
	JLT(LabelRef("one"))
	o.configure(tileRows)
	Label("pair")
	v.tile(o, "pairBlocks", tileRows)
	SUBQ(Imm(tileRows/groupRows), o.groups)
	CMPQ(o.groups, Imm(tileRows/groupRows))
	JGE(LabelRef("pair"))
	Label("one")
	TESTQ(o.groups, o.groups)
	JZ(LabelRef("end"))
	o.configure(groupRows)
	v.tile(o, "oneBlocks", groupRows)
	Label("end")
	instruction(0x78, 0x49, 0xc0) // TILERELEASE
	done()
}

// tileOperands holds the registers that ordinary instructions use.
type tileOperands struct {
	scales      [4]reg.GPPhysical // of rows 0, 3, 6 and 9
	metaStride  reg.GPPhysical
	wScale      reg.GPPhysical
	groups, dst reg.GPPhysical
	spare       reg.GPPhysical
	totals      []reg.VecVirtual
}

func (o tileOperands) scaleAt(r, disp int) Mem {
	return row(o.scales[r/6*2], o.scales[r/6*2+1], o.metaStride, r%6, disp)
}

// configure sets the shapes of the tiles for so many tokens.
func (o tileOperands) configure(rows int) {
	var c [64]byte
	c[0] = 1 // the palette
	shape := func(tile, rows, bytes int) {
		binary.LittleEndian.PutUint16(c[16+2*tile:], uint16(bytes))
		c[48+tile] = byte(rows)
	}
	for i := range tileBlocks * panelVectors {
		shape(sumTile+i, rows, 4*tileLanes)
	}
	for i := range tileBlocks {
		shape(actTile+i, rows, block)
		shape(weightTile+i, block/4, 4*tileLanes)
	}
	m := GLOBL(fmt.Sprint("tiles", rows), rodata)
	for i := 0; i < len(c); i += 8 {
		DATA(i, U64(binary.LittleEndian.Uint64(c[i:])))
	}
	LEAQ(m, o.spare)
	instruction(0x78, 0x49, 0x00) // LDTILECFG (RAX)
}

// tile multiplies rows tokens and moves on to the next ones.
func (v vector) tile(o tileOperands, name string, rows int) {
	for i := 1; i < (rows+2)/3; i++ {
		LEAQ(Mem{Base: o.scales[i-1], Index: o.metaStride, Scale: 2}, o.scales[i])
		ADDQ(o.metaStride, o.scales[i])
	}
	Load(Param("w"), tileWeight)
	Load(Param("wScale"), o.wScale)
	Load(Param("blocks"), o.spare)
	totals := o.totals[:rows*panelVectors]
	for _, t := range totals {
		v.zero(t)
	}
	// The sums of one block are made while those of the one before are scaled.
	mixed(tileProducts(0, 0))
	Label(name)
	mixed(tileProducts(1, 1), v.scaleTiles(o, 0, totals))
	SUBQ(Imm(tileBlocks), o.spare)
	JZ(LabelRef(name + "Last"))
	mixed(tileProducts(0, tileBlocks), v.scaleTiles(o, 1, totals))
	o.nextBlocks(rows)
	JMP(LabelRef(name))
	Label(name + "Last")
	mixed(v.scaleTiles(o, 1, totals))
	o.nextBlocks(rows)

	bias := o.wScale
	Load(Param("bias"), bias)
	Load(Param("dstStride"), o.spare)
	for i, t := range totals {
		VADDPS(Mem{Base: bias, Disp: i % panelVectors * v.bytes()}, t, t)
		VMOVUPS(t, Mem{Base: o.dst, Disp: i % panelVectors * v.bytes()})
		if i%panelVectors == panelVectors-1 {
			LEAQ(Mem{Base: o.dst, Index: o.spare, Scale: 4}, o.dst)
		}
	}
	for range rows - 1 { // the first row is behind already
		ADDQ(tileActStride, tileAct)
		ADDQ(o.metaStride, o.scales[0])
	}
}

// nextBlocks moves the bases on.
func (o tileOperands) nextBlocks(rows int) {
	ADDQ(U32(tileBlocks*block), tileAct)
	ADDQ(U32(tileBlocks*block/4*tileLine), tileWeight)
	ADDQ(U32(tileBlocks*tileLine), o.wScale)
	for i := range (rows + 2) / 3 {
		ADDQ(U32(4*tileBlocks), o.scales[i])
	}
}

// tileProducts leaves the sums of the block that is ahead of the bases in the
// given part of tileSums. It returns its steps.
func tileProducts(part, ahead int) (steps []func()) {
	add := func(f func()) { steps = append(steps, f) }
	add(func() { tileLoad(actTile+part, tileAct, tileActStride, ahead*block) })
	for c := range panelVectors {
		sum := sumTile + part*panelVectors + c
		add(func() { tileZero(sum) })
		add(func() { tileLoad(weightTile+c, tileWeight, tileStride, ahead*block/4*tileLine+c*4*tileLanes) })
		add(func() { tileMultiply(sum, actTile+part, weightTile+c) })
	}
	for c := range panelVectors {
		sum := sumTile + part*panelVectors + c
		add(func() { tileStore(sum, tileSums, tileStride, part*tileRoom+c*4*tileLanes) })
	}
	return steps
}

// scaleTiles adds the sums in a part of tileSums, of the block that is part
// blocks ahead of the bases, to the totals. It returns its steps.
func (v vector) scaleTiles(o tileOperands, part int, totals []reg.VecVirtual) (steps []func()) {
	scales := v.several(panelVectors)
	for i, t := range totals {
		r, c := i/panelVectors, i%panelVectors
		steps = append(steps, func() {
			if r == 0 {
				VMOVUPS(Mem{Base: o.wScale, Disp: part*tileLine + c*v.bytes()}, scales[c])
			}
			sum := v.new()
			VCVTDQ2PS(Mem{Base: tileSums, Disp: part*tileRoom + r*tileLine + c*v.bytes()}, sum)
			VMULPS(scales[c], sum, sum)
			VFMADD231PS_BCST(o.scaleAt(r, 4*part), sum, t)
		})
	}
	return steps
}

// mixed emits lists of steps evenly mixed.
func mixed(lists ...[]func()) {
	longest := 0
	for _, l := range lists {
		longest = max(longest, len(l))
	}
	for i := range longest {
		for _, l := range lists {
			for _, step := range l[i*len(l)/longest : (i+1)*len(l)/longest] {
				step()
			}
		}
	}
}

// Go's assembler does not know the tile instructions, so they are written as
// bytes: a VEX prefix of three bytes, whose last one names the instruction's
// family and its third register, the opcode, and what it works on.

func tileZero(tile int) { instruction(0x7b, 0x49, 0xc0|tile<<3) }

// tileLoad reads rows of memory that lie stride apart.
func tileLoad(tile int, base, stride reg.GPPhysical, disp int) {
	tileMemory(0x7b, tile, base, stride, disp)
}

func tileStore(tile int, base, stride reg.GPPhysical, disp int) {
	tileMemory(0x7a, tile, base, stride, disp)
}

func tileMemory(family, tile int, base, stride reg.GPPhysical, disp int) {
	code := []int{family, 0x4b, 0x84 | tile<<3, number(stride)<<3 | number(base)}
	for i := range 4 {
		code = append(code, disp>>(8*i)&0xff)
	}
	instruction(code...)
}

// tileMultiply adds the products of signed bytes to int32 sums: TDPBSSD.
func tileMultiply(sum, a, b int) { instruction(0x7b-b<<3, 0x5e, 0xc0|sum<<3|a) }

// number returns how a machine instruction names one of the first eight registers.
func number(r reg.GPPhysical) int {
	return map[reg.GPPhysical]int{reg.RAX: 0, reg.RCX: 1, reg.RDX: 2, reg.RBX: 3, reg.RSI: 6, reg.RDI: 7}[r]
}

func instruction(code ...int) {
	var out []string
	for _, b := range append([]int{0xc4, 0xe2}, code...) {
		out = append(out, fmt.Sprintf("BYTE $%#02x", b))
	}
	Instruction(&ir.Instruction{Opcode: strings.Join(out, "; ")})
}
