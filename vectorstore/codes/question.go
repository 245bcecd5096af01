package codes

// question is a vector to search for, in the form that codes compare with.
//
// Each component of the rotated question is rounded to an odd number v of
// -15..15 times half a step. Such a number is a sum of +-8, +-4, +-2 and +-1, so
// that the sum of sign[i]*v[i] over all components is 15*bits - 2*h, where
//
//	h = sum over j of 2^j * popcount(code XOR plane j)
//
// and plane j holds the sign of +-2^j of every component.
type question struct {
	planes []uint64 // for each 64 bytes of a code, 64 bytes of each plane
	slope  float32  // estimate = a*(base - slope*h) + b + shift
	base   float32
	shift  float32
}

const (
	planes     = 4
	lineWords  = 8 // words in a cache line, the unit of the scan
	planeWords = planes * lineWords
	levels     = 1<<planes - 1
)

// ask quantises q, which must have passed Check. The question's memory is
// reused.
func (e *Encoder) ask(into *question, q []float32) {
	buf := e.buffers.Get().(*[]float32)
	defer e.buffers.Put(buf)
	x := *buf
	e.rotate(x, q)
	var largest float32
	for _, c := range x {
		largest = max(largest, c, -c)
	}
	half := max(largest/levels, 1e-30)
	into.planes = append(into.planes[:0], make([]uint64, e.bits/64*planes)...)
	for i, c := range x {
		// The nearest odd number v is 2u-15.
		u := uint64(min(max((c/half+levels)/2+0.5, 0), levels))
		word, bit := i/64, i%64
		at := word/lineWords*planeWords + word%lineWords
		for j := range planes {
			into.planes[at+j*lineWords] |= (u >> j & 1) << bit
		}
	}
	into.base = half * levels * float32(e.bits)
	into.slope = 2 * half
	into.shift = dot(q, e.centre) - e.square
}
