package codes

import "math"

// smallest is the least number of dimensions after padding, one cache line of
// signs. Padding costs nothing in quality: more bits describe the same vector.
const smallest = 512

// padded returns the power of two, at least smallest, to which vectors of dim
// components are filled up with zeros.
func padded(dim int) int {
	n := smallest
	for n < dim {
		n *= 2
	}
	return n
}

// rounds is how often signs are flipped and the transform is applied; three
// make the rotation as good as a dense random one.
const rounds = 3

// rotation is a random rotation of n dimensions that takes O(n log n) steps.
type rotation struct {
	flips [rounds][]float32 // +1 or -1
	scale float32
}

// newRotation returns the one rotation that all codes of n dimensions share.
func newRotation(n int) *rotation {
	r := &rotation{scale: float32(math.Pow(float64(n), -rounds/2.0))}
	state := uint64(0x5EED)
	for i := range r.flips {
		r.flips[i] = make([]float32, n)
		for j := range r.flips[i] {
			r.flips[i][j] = float32(1 - 2*int(splitmix(&state)>>63))
		}
	}
	return r
}

// splitmix is the generator of Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", OOPSLA 2014. Its numbers are part of the
// codes' definition.
func splitmix(state *uint64) uint64 {
	*state += 0x9E3779B97F4A7C15
	z := *state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// apply rotates x in place.
func (r *rotation) apply(x []float32) {
	for _, flips := range r.flips {
		flips = flips[:len(x)]
		for i := range x {
			x[i] *= flips[i]
		}
		hadamard(x)
	}
	for i := range x {
		x[i] *= r.scale
	}
}

// hadamard multiplies x by the Hadamard matrix; its length is a power of two
// and at least 8. Three levels of butterflies are done in registers, then two
// at a time, then one if it is left.
func hadamard(x []float32) {
	for y := x; len(y) >= 8; y = y[8:] {
		b := y[:8:8]
		s0, d0, s1, d1 := b[0]+b[1], b[0]-b[1], b[2]+b[3], b[2]-b[3]
		s2, d2, s3, d3 := b[4]+b[5], b[4]-b[5], b[6]+b[7], b[6]-b[7]
		t0, t1, t2, t3 := s0+s1, d0+d1, s0-s1, d0-d1
		u0, u1, u2, u3 := s2+s3, d2+d3, s2-s3, d2-d3
		b[0], b[1], b[2], b[3] = t0+u0, t1+u1, t2+u2, t3+u3
		b[4], b[5], b[6], b[7] = t0-u0, t1-u1, t2-u2, t3-u3
	}
	h := 8
	for ; 4*h <= len(x); h *= 4 {
		for y := x; len(y) >= 4*h; y = y[4*h:] {
			a, b, c, d := y[:h], y[h:][:h], y[2*h:][:h], y[3*h:][:h]
			for j := range a {
				s, t, u, v := a[j]+b[j], a[j]-b[j], c[j]+d[j], c[j]-d[j]
				a[j], b[j], c[j], d[j] = s+u, t+v, s-u, t-v
			}
		}
	}
	if h < len(x) {
		a, b := x[:h], x[h:][:h]
		for j := range a {
			a[j], b[j] = a[j]+b[j], a[j]-b[j]
		}
	}
}
