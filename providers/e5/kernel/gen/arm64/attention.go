package main

const (
	headWidth = 32 // width of an attention head
	groupRows = 6  // tokens that one call of an attention function serves
	rowBytes  = 4 * headWidth
)

// transpose writes n rows of a head as columns, four by four; n is a multiple
// of 4.
func (a *assembler) transpose() {
	a.function("transposeNEON", "writes n rows of a head as columns, n being a multiple of 4.", 0,
		param{"dst", "*float32"}, param{"dstStride", "int"}, param{"src", "*float32"}, param{"n", "int"})
	a.line("LSL $2, R1, R1")
	a.line("LSR $2, R3, R3")
	a.loop("tokens", 3, func() {
		a.line("MOVD R0, R19")
		for part := range headWidth / 4 {
			for r := range 4 {
				a.load(r, 2, r*rowBytes+16*part)
			}
			for r := 0; r < 4; r += 2 {
				a.line("VTRN1 V%d.S4, V%d.S4, V%d.S4", r+1, r, 4+r)
				a.line("VTRN2 V%d.S4, V%d.S4, V%d.S4", r+1, r, 5+r)
			}
			a.line("VTRN1 V6.D2, V4.D2, V16.D2")
			a.line("VTRN1 V7.D2, V5.D2, V17.D2")
			a.line("VTRN2 V6.D2, V4.D2, V18.D2")
			a.line("VTRN2 V7.D2, V5.D2, V19.D2")
			for r := range 4 {
				a.store(16+r, 19, 0)
				a.line("ADD R1, R19")
			}
		}
		a.line("ADD $16, R0")
		a.line("ADD $%d, R2", 4*rowBytes)
	})
	a.line("RET")
}

// scores multiplies groupRows query rows by n transposed keys; n is a multiple
// of 4.
func (a *assembler) scores() {
	a.function("scoresNEON", "multiplies 6 query rows by n transposed keys, n being a multiple of 4.", 0,
		param{"dst", "*float32"}, param{"dstStride", "int"}, param{"q", "*float32"}, param{"keys", "*float32"},
		param{"keyStride", "int"}, param{"n", "int"})
	a.line("LSL $2, R1, R1")
	a.line("LSL $2, R4, R4")
	a.label("wide")
	a.line("CMP $8, R5")
	a.line("BLT narrow")
	a.scoresTile("wideTile", 2)
	a.line("SUB $8, R5")
	a.line("B wide")
	a.label("narrow")
	a.line("CBZ R5, end")
	a.scoresTile("narrowTile", 1)
	a.label("end")
	a.line("RET")
}

// scoresTile computes groupRows x (4 x vectors) scores and moves dst and keys on.
func (a *assembler) scoresTile(name string, vectors int) {
	sums, query, key := registers(0, groupRows*vectors), registers(16, groupRows), registers(24, vectors)
	a.zero(sums...)
	a.line("MOVD R2, R19")
	a.line("MOVD R3, R20")
	a.line("MOVD $%d, R21", headWidth/4)
	a.loop(name, 21, func() {
		for r := range groupRows {
			a.load(query[r], 19, r*rowBytes)
		}
		a.line("ADD $16, R19")
		for lane := range 4 {
			for c := range vectors {
				a.load(key[c], 20, 16*c)
			}
			a.line("ADD R4, R20")
			for r := range groupRows {
				for c := range vectors {
					a.opLane(fmlaLane, sums[r*vectors+c], key[c], query[r], lane)
				}
			}
		}
	})
	a.line("MOVD R0, R22")
	for r := range groupRows {
		for c := range vectors {
			a.store(sums[r*vectors+c], 22, 16*c)
		}
		a.line("ADD R1, R22")
	}
	a.line("ADD $%d, R0", 16*vectors)
	a.line("ADD $%d, R3", 16*vectors)
}

// softmax turns groupRows rows of n scores into powers of e, relative to the
// row's highest, and their inverse sums; n is a multiple of 4.
func (a *assembler) softmax() {
	const scale, highest, sum, x, t, u, p = 30, 0, 1, 2, 3, 4, 5
	const lowest, one = 29, 28
	a.function("softmaxNEON", "makes 6 rows of n scores weights, and their inverse sums.", scale,
		param{"s", "*float32"}, param{"stride", "int"}, param{"n", "int"}, param{"sums", "*float32"},
		param{"scale", "float32"})
	powers := registers(16, len(exp2Coefficients))
	a.constants(powers[0], exp2Coefficients...)
	a.constants(lowest, -100) // keeps clear of subnormal numbers, which are slow
	a.constants(one, 1)
	a.line("VDUP V%d.S[0], V%d.S4", scale, scale)
	a.constants(t, 1.4426950408889634) // log2 e
	a.op3(fmul, scale, scale, t)
	a.line("LSL $2, R1, R1")
	a.line("LSR $2, R2, R2")
	a.line("MOVD $%d, R19", groupRows)
	a.loop("row", 19, func() {
		a.load(highest, 0, 0)
		a.line("MOVD R0, R20")
		a.line("MOVD R2, R21")
		a.loop("highest", 21, func() {
			a.load(x, 20, 0)
			a.op3(fmax, highest, highest, x)
			a.line("ADD $16, R20")
		})
		a.reduce(fmaxp, highest)
		a.zero(sum)
		a.line("MOVD R0, R20")
		a.line("MOVD R2, R21")
		a.loop("exp", 21, func() {
			a.load(x, 20, 0)
			a.op3(fsub, x, x, highest)
			a.op3(fmul, x, x, scale)
			a.op3(fmax, x, x, lowest)
			a.exp2(p, t, u, x, powers)
			a.op3(fadd, sum, sum, p)
			a.store(p, 20, 0)
			a.line("ADD $16, R20")
		})
		a.reduce(faddp, sum)
		a.op3(fdiv, sum, one, sum)
		a.line("FMOVS F%d, (R3)", sum)
		a.line("ADD $4, R3")
		a.line("ADD R1, R0")
	})
	a.line("RET")
}

// context sums n value rows by each of groupRows rows of weights, three at a
// time, and multiplies by the inverse sums.
func (a *assembler) context() {
	const rows, vectors = 3, headWidth / 4
	a.function("contextNEON", "sums n value rows by 6 rows of weights.", 0,
		param{"dst", "*float32"}, param{"dstStride", "int"}, param{"p", "*float32"}, param{"pStride", "int"},
		param{"values", "*float32"}, param{"sums", "*float32"}, param{"n", "int"})
	sums, weight, value := registers(0, rows*vectors), registers(24, rows), registers(28, 4)
	a.line("LSL $2, R1, R1")
	a.line("LSL $2, R3, R3")
	a.line("MOVD $%d, R19", groupRows/rows)
	a.loop("tile", 19, func() {
		a.zero(sums...)
		a.line("MOVD R2, R20")
		a.line("ADD R3, R20, R21")
		a.line("ADD R3, R21, R22")
		a.line("MOVD R4, R23")
		a.line("MOVD R6, R24")
		a.loop("value", 24, func() {
			for r := range rows {
				a.line("FMOVS (R%d), F%d", 20+r, weight[r])
				a.line("ADD $4, R%d", 20+r)
			}
			for c := range vectors {
				v := value[c%len(value)]
				a.load(v, 23, 16*c)
				for r := range rows {
					a.opLane(fmlaLane, sums[r*vectors+c], v, weight[r], 0)
				}
			}
			a.line("ADD $%d, R23", rowBytes)
		})
		for r := range rows {
			a.line("FMOVS (R5), F%d", weight[r])
			a.line("ADD $4, R5")
			for c := range vectors {
				a.opLane(fmulLane, sums[r*vectors+c], sums[r*vectors+c], weight[r], 0)
				a.store(sums[r*vectors+c], 0, 16*c)
			}
			a.line("ADD R1, R0")
			a.line("ADD R3, R2")
		}
	})
	a.line("RET")
}
