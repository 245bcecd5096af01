// Command gen writes the amd64 assembly of package codes with avo: the scan of
// one-bit codes for processors with AVX-512 VPOPCNTDQ and for those with AVX2.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	line   = 64 // bytes of a cache line, the unit of a code
	planes = 4
)

func main() {
	scanAVX512()
	scanAVX2()
	build.Generate()
}

// args loads the arguments that both scans share.
func args() (h, codes, planes, n, stride reg.Register) {
	h = build.Load(build.Param("h"), build.GP64())
	codes = build.Load(build.Param("codes"), build.GP64())
	planes = build.Load(build.Param("planes"), build.GP64())
	n = build.Load(build.Param("n"), build.GP64())
	stride = build.Load(build.Param("lines"), build.GP64())
	build.SHLQ(operand.U8(6), stride)
	return h, codes, planes, n, stride
}

// scanAVX512 takes four codes at a time. The counts of a code are in eight
// 64-bit lanes, each below 2^16 for up to 64 lines, so those of four codes fit
// into one register, and its lanes are added up once for all four.
func scanAVX512() {
	const group = 4
	build.TEXT("scanAVX512", attr.NOSPLIT, "func(h *uint32, codes *uint64, planes *uint64, n int, lines int)")
	build.Pragma("noescape")
	build.Doc("scanAVX512 sets h[0:n], n being a multiple of 4, for codes of up to 8 lines.")
	h, codes, question, n, stride := args()

	build.Label("codes512")
	sums := make([]reg.VecVirtual, group)
	at := make([]reg.Register, group)
	for k := range group {
		sums[k] = build.ZMM()
		build.VPXORQ(sums[k], sums[k], sums[k])
		at[k] = build.GP64()
		if k == 0 {
			build.MOVQ(codes, at[k])
		} else {
			build.LEAQ(operand.Mem{Base: at[k-1], Index: stride, Scale: 1}, at[k])
		}
	}
	plane := build.GP64()
	build.MOVQ(question, plane)
	left := build.GP64()
	build.MOVQ(stride, left)

	build.Label("lines512")
	var p [planes]reg.VecVirtual
	for j := range p {
		p[j] = build.ZMM()
		build.VMOVDQU64(operand.Mem{Base: plane, Disp: j * line}, p[j])
	}
	for k := range group {
		code := build.ZMM()
		build.VMOVDQU64(operand.Mem{Base: at[k]}, code)
		total := build.ZMM()
		build.VPXORQ(p[planes-1], code, total)
		build.VPOPCNTQ(total, total)
		for j := planes - 2; j >= 0; j-- {
			count := build.ZMM()
			build.VPXORQ(p[j], code, count)
			build.VPOPCNTQ(count, count)
			build.VPADDQ(total, total, total)
			build.VPADDQ(count, total, total)
		}
		build.VPADDQ(total, sums[k], sums[k])
		build.ADDQ(operand.U8(line), at[k])
	}
	build.ADDQ(operand.U32(planes*line), plane)
	build.SUBQ(operand.U8(line), left)
	build.JNZ(operand.LabelRef("lines512"))

	// The last code's address after its last line is where the next group begins.
	build.MOVQ(at[group-1], codes)
	for k := 1; k < group; k++ {
		build.VPSLLQ(operand.U8(16*k), sums[k], sums[k])
		build.VPADDQ(sums[k], sums[0], sums[0])
	}
	upper := build.YMM()
	build.VEXTRACTI64X4(operand.U8(1), sums[0], upper)
	build.VPADDQ(upper, sums[0].AsY(), upper)
	addLanes(upper)
	build.VPMOVZXWD(upper.AsX(), upper.AsX())
	build.VMOVDQU(upper.AsX(), operand.Mem{Base: h})
	build.ADDQ(operand.U8(4*group), h)
	build.SUBQ(operand.U8(group), n)
	build.JNZ(operand.LabelRef("codes512"))
	build.VZEROUPPER()
	build.RET()
}

// addLanes adds up the four 64-bit lanes of y into its lowest.
func addLanes(y reg.VecVirtual) {
	x := build.XMM()
	build.VEXTRACTI128(operand.U8(1), y, x)
	build.VPADDQ(x, y.AsX(), y.AsX())
	build.VPSHUFD(operand.U8(0xEE), y.AsX(), x)
	build.VPADDQ(x, y.AsX(), y.AsX())
}

// scanAVX2 counts bits by looking up their number for each half byte (Mula,
// Kurz, Lemire, "Faster Population Counts Using AVX2 Instructions", 2018). The
// weighted counts of four planes fit into a byte, so lanes are added up once
// for every 32 bytes of a code.
func scanAVX2() {
	ones := build.GLOBL("ones_in_half_byte", attr.RODATA|attr.NOPTR)
	for half := range 2 {
		build.DATA(16*half, operand.U64(0x0302020102010100))
		build.DATA(16*half+8, operand.U64(0x0403030203020201))
	}
	low := build.GLOBL("low_half", attr.RODATA|attr.NOPTR)
	for q := range 4 {
		build.DATA(8*q, operand.U64(0x0F0F0F0F0F0F0F0F))
	}
	build.TEXT("scanAVX2", attr.NOSPLIT, "func(h *uint32, codes *uint64, planes *uint64, n int, lines int)")
	build.Pragma("noescape")
	build.Doc("scanAVX2 sets h[0:n], n being at least 1.")
	h, codes, question, n, stride := args()
	table, mask, zero := build.YMM(), build.YMM(), build.YMM()
	build.VMOVDQU(ones, table)
	build.VMOVDQU(low, mask)
	build.VPXOR(zero, zero, zero)

	build.Label("codes256")
	sum := build.YMM()
	build.VPXOR(sum, sum, sum)
	plane, left := build.GP64(), build.GP64()
	build.MOVQ(question, plane)
	build.MOVQ(stride, left)

	build.Label("lines256")
	for half := range 2 {
		code := build.YMM()
		build.VMOVDQU(operand.Mem{Base: codes, Disp: 32 * half}, code)
		total := build.YMM()
		for j := planes - 1; j >= 0; j-- {
			lower, upper := build.YMM(), build.YMM()
			build.VPXOR(operand.Mem{Base: plane, Disp: j*line + 32*half}, code, lower)
			build.VPSRLW(operand.U8(4), lower, upper)
			build.VPAND(mask, lower, lower)
			build.VPAND(mask, upper, upper)
			build.VPSHUFB(lower, table, lower)
			build.VPSHUFB(upper, table, upper)
			if j == planes-1 {
				build.VPADDB(lower, upper, total)
				continue
			}
			build.VPADDB(total, total, total)
			build.VPADDB(lower, upper, lower)
			build.VPADDB(lower, total, total)
		}
		build.VPSADBW(zero, total, total)
		build.VPADDQ(total, sum, sum)
	}
	build.ADDQ(operand.U8(line), codes)
	build.ADDQ(operand.U32(planes*line), plane)
	build.SUBQ(operand.U8(line), left)
	build.JNZ(operand.LabelRef("lines256"))

	addLanes(sum)
	build.VMOVD(sum.AsX(), operand.Mem{Base: h})
	build.ADDQ(operand.U8(4), h)
	build.DECQ(n)
	build.JNZ(operand.LabelRef("codes256"))
	build.VZEROUPPER()
	build.RET()
}
