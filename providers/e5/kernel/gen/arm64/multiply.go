package main

const (
	block      = 32 // inputs that share a scale
	panelBytes = 32 // one step of a panel: four inputs of eight outputs
)

// productParams are the parameters of both products, in R0..R9.
var productParams = []param{
	{"dst", "*float32"}, {"dstStride", "int"}, {"act", "*int8"}, {"scale", "*float32"}, {"offset", "*int32"},
	{"w", "*uint8"}, {"wScale", "*float32"}, {"bias", "*float32"}, {"tiles", "int"}, {"blocks", "int"},
}

// Registers of a product beside the parameters'. R10 and R11 hold the strides of
// act and scale, R12..R17 the rows of act, R19 and R20 the weights and their
// scales, R21 the blocks left, R22 and R23 are scratch.
const (
	dst, dstStride, act, scale = 0, 1, 2, 3
	weights, weightScales      = 19, 20
)

// beginProduct makes the strides bytes.
func (a *assembler) beginProduct() {
	a.line("LSL $2, R1, R1")
	a.line("LSL $5, R9, R10")
	a.line("LSL $2, R9, R11")
}

// beginTile sets the rows of act and starts the panel anew.
func (a *assembler) beginTile(rows int, totals []int) {
	a.line("MOVD R2, R12")
	for r := 1; r < rows; r++ {
		a.line("ADD R10, R%d, R%d", 11+r, 12+r)
	}
	a.line("MOVD R5, R%d", weights)
	a.line("MOVD R6, R%d", weightScales)
	a.line("MOVD R9, R21")
	a.zero(totals...)
}

// endBlock adds scale x weight scale x sum to the totals, two registers a token.
// It uses the registers scratch..scratch+2.
func (a *assembler) endBlock(rows int, sums, totals []int, scratch int) {
	a.load(scratch, weightScales, 0)
	a.load(scratch+1, weightScales, 16)
	a.line("ADD $32, R%d", weightScales)
	a.line("MOVD R%d, R22", scale)
	for r := range rows {
		a.line("FMOVS (R22), F%d", scratch+2)
		a.line("ADD R11, R22")
		for c := range 2 {
			i := 2*r + c
			a.op2(scvtf, sums[i], sums[i])
			a.opLane(fmulLane, sums[i], sums[i], scratch+2, 0)
			a.op3(fmla, totals[i], sums[i], scratch+c)
		}
	}
	a.line("ADD $4, R%d", scale)
}

// endTile writes the totals and the bias, and moves on to the next tile's rows.
func (a *assembler) endTile(rows int, totals []int, scratch int) {
	a.load(scratch, 7, 0)
	a.load(scratch+1, 7, 16)
	for r := range rows {
		for c := range 2 {
			a.op3(fadd, totals[2*r+c], totals[2*r+c], scratch+c)
			a.store(totals[2*r+c], dst, 16*c)
		}
		a.line("ADD R%d, R%d", dstStride, dst)
		a.line("ADD R10, R%d", act)
	}
	for range rows - 1 { // the blocks have moved scale on by one row
		a.line("ADD R11, R%d", scale)
	}
}

// multiplyDot multiplies tiles of 6 tokens by a panel of 8 outputs with SDOT.
// Weights are signed codes -8..7, packed [K/4][8][4]; wScale is [K/32][8].
func (a *assembler) multiplyDot() {
	const rows = 6
	a.function("multiplyDot", "multiplies tiles of 6 tokens by a panel of 8 outputs.", 0, productParams...)
	sums, totals, codes, w := registers(0, 2*rows), registers(12, 2*rows), registers(24, rows), registers(30, 2)
	a.beginProduct()
	a.loop("tile", 8, func() {
		a.beginTile(rows, totals)
		a.loop("block", 21, func() {
			a.zero(sums...)
			for half := range 2 {
				for r := range rows {
					a.load(codes[r], 12+r, 16*half)
				}
				for lane := range 4 {
					step := 4*half + lane
					a.load(w[0], weights, panelBytes*step)
					a.load(w[1], weights, panelBytes*step+16)
					for r := range rows {
						a.opLane(sdotLane, sums[2*r], w[0], codes[r], lane)
						a.opLane(sdotLane, sums[2*r+1], w[1], codes[r], lane)
					}
				}
			}
			a.advanceBlock(rows)
			a.endBlock(rows, sums, totals, codes[0])
		})
		a.endTile(rows, totals, codes[0])
	})
	a.line("RET")
}

// advanceBlock moves the rows of act and the weights on.
func (a *assembler) advanceBlock(rows int) {
	for r := range rows {
		a.line("ADD $%d, R%d", block, 12+r)
	}
	a.line("ADD $%d, R%d", block/4*panelBytes, weights)
}

// multiplyLong does the same for 3 tokens with SMLAL, which every arm64 has. A
// 16-bit lane takes eight products of at most 8 x 127, so it cannot overflow.
// Register p of a token holds four such sums for each of outputs 2p and 2p+1.
func (a *assembler) multiplyLong() {
	const rows = 3
	a.function("multiplyLong", "multiplies tiles of 3 tokens by a panel of 8 outputs.", 0, productParams...)
	pairs, totals, w, codes := registers(0, 4*rows), registers(12, 2*rows), registers(18, 2), 20
	a.beginProduct()
	a.loop("tile", 8, func() {
		a.beginTile(rows, totals)
		a.loop("block", 21, func() {
			a.zero(pairs...)
			for step := range block / 4 {
				a.load(w[0], weights, panelBytes*step)
				a.load(w[1], weights, panelBytes*step+16)
				for r := range rows {
					a.line("ADD $%d, R%d, R23", 4*step, 12+r)
					a.line("VLD1R (R23), [V%d.S4]", codes)
					p := pairs[4*r:]
					a.op3(smlal, p[0], w[0], codes)
					a.op3(smlal2, p[1], w[0], codes)
					a.op3(smlal, p[2], w[1], codes)
					a.op3(smlal2, p[3], w[1], codes)
				}
			}
			a.advanceBlock(rows)
			var sums []int
			for i := 0; i < len(pairs); i += 2 {
				a.op2(saddlp, pairs[i], pairs[i])
				a.op2(saddlp, pairs[i+1], pairs[i+1])
				a.op3(addp, pairs[i], pairs[i], pairs[i+1])
				sums = append(sums, pairs[i])
			}
			a.endBlock(rows, sums, totals, w[0])
		})
		a.endTile(rows, totals, w[0])
	})
	a.line("RET")
}
