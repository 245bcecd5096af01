package main

// Encodings are from the Arm Architecture Reference Manual for A-profile (DDI
// 0487), section C7.2; registers d, n and m stand at bits 0, 5 and 16.

// op3 is an instruction of three vector registers.
type op3 struct {
	code    uint32
	name    string
	d, n, m string // arrangements
}

var (
	fadd   = op3{0x4e20d400, "fadd", "4s", "4s", "4s"}
	fsub   = op3{0x4ea0d400, "fsub", "4s", "4s", "4s"}
	fmul   = op3{0x6e20dc00, "fmul", "4s", "4s", "4s"}
	fdiv   = op3{0x6e20fc00, "fdiv", "4s", "4s", "4s"}
	fmax   = op3{0x4e20f400, "fmax", "4s", "4s", "4s"}
	fmin   = op3{0x4ea0f400, "fmin", "4s", "4s", "4s"}
	fmla   = op3{0x4e20cc00, "fmla", "4s", "4s", "4s"}
	fmls   = op3{0x4ea0cc00, "fmls", "4s", "4s", "4s"}
	faddp  = op3{0x6e20d400, "faddp", "4s", "4s", "4s"}
	fmaxp  = op3{0x6e20f400, "fmaxp", "4s", "4s", "4s"}
	addp   = op3{0x4ea0bc00, "addp", "4s", "4s", "4s"}
	smlal  = op3{0x0e208000, "smlal", "8h", "8b", "8b"}
	smlal2 = op3{0x4e208000, "smlal2", "8h", "16b", "16b"}
)

func (a *assembler) op3(o op3, d, n, m int) {
	a.word(o.code|uint32(m)<<16|uint32(n)<<5|uint32(d),
		"%s v%d.%s, v%d.%s, v%d.%s", o.name, d, o.d, n, o.n, m, o.m)
}

// op2 is an instruction of two vector registers.
type op2 struct {
	code uint32
	name string
	d, n string
}

var (
	fabs    = op2{0x4ea0f800, "fabs", "4s", "4s"}
	frintn  = op2{0x4e218800, "frintn", "4s", "4s"}
	fcvtns  = op2{0x4e21a800, "fcvtns", "4s", "4s"}
	scvtf   = op2{0x4e21d800, "scvtf", "4s", "4s"}
	fsqrt   = op2{0x6ea1f800, "fsqrt", "4s", "4s"}
	saddlp  = op2{0x4e602800, "saddlp", "4s", "8h"}
	sqxtnH  = op2{0x0e614800, "sqxtn", "4h", "4s"}
	sqxtn2H = op2{0x4e614800, "sqxtn2", "8h", "4s"}
	sqxtnB  = op2{0x0e214800, "sqxtn", "8b", "8h"}
	sqxtn2B = op2{0x4e214800, "sqxtn2", "16b", "8h"}
)

func (a *assembler) op2(o op2, d, n int) {
	a.word(o.code|uint32(n)<<5|uint32(d), "%s v%d.%s, v%d.%s", o.name, d, o.d, n, o.n)
}

// opLane is an instruction whose third operand is one 32-bit lane.
type opLane struct {
	code          uint32
	name, n, lane string
}

var (
	fmlaLane = opLane{0x4f801000, "fmla", "4s", "s"}
	fmulLane = opLane{0x4f809000, "fmul", "4s", "s"}
	sdotLane = opLane{0x4f80e000, "sdot", "16b", "4b"}
)

func (a *assembler) opLane(o opLane, d, n, m, lane int) {
	l := uint32(lane)
	a.word(o.code|(l&1)<<21|(l>>1)<<11|uint32(m)<<16|uint32(n)<<5|uint32(d),
		"%s v%d.4s, v%d.%s, v%d.%s[%d]", o.name, d, n, o.n, m, o.lane, lane)
}
