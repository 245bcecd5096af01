package codes

import (
	"math"
	"math/rand/v2"
)

// cloud makes vectors that are hard to tell apart, as those of text are: they
// crowd around one direction, vary in few of their dimensions, and most lie
// between two others of their neighbourhood.
type cloud struct {
	rng     *rand.Rand
	dim     int
	mean    []float32
	basis   [][]float32
	anchors [][]float32
}

const (
	latent      = 48  // directions in which the vectors vary
	spread      = 0.5 // of the vectors around their mean
	perCluster  = 50
	interpolate = 0.5 // largest step from one anchor to another
)

func newCloud(seed uint64, dim, anchors int) *cloud {
	c := &cloud{rng: rand.New(rand.NewPCG(seed, 1)), dim: dim}
	c.mean = c.gaussian(dim)
	unit(c.mean)
	for range latent {
		c.basis = append(c.basis, c.gaussian(dim))
	}
	var cluster []float32
	for i := range anchors {
		if i%perCluster == 0 {
			cluster = c.gaussian(latent)
		}
		z := c.gaussian(latent)
		v := make([]float32, dim)
		for k, b := range c.basis {
			w := (0.7*cluster[k] + 0.7*z[k]) * spread / float32(math.Sqrt(latent*float64(dim)))
			for j := range v {
				v[j] += w * b[j]
			}
		}
		for j := range v {
			v[j] += c.mean[j]
		}
		unit(v)
		c.anchors = append(c.anchors, v)
	}
	return c
}

func (c *cloud) gaussian(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(c.rng.NormFloat64())
	}
	return v
}

// next returns a vector between two anchors of one cluster, with a little noise.
func (c *cloud) next() []float32 {
	first := c.rng.IntN(len(c.anchors))
	start := first - first%perCluster
	second := start + c.rng.IntN(min(perCluster, len(c.anchors)-start))
	t := float32(c.rng.Float64() * interpolate)
	a, b := c.anchors[first], c.anchors[second]
	v := make([]float32, c.dim)
	noise := 0.05 / float32(math.Sqrt(float64(c.dim)))
	for j := range v {
		v[j] = (1-t)*a[j] + t*b[j] + noise*float32(c.rng.Float64()-0.5)
	}
	unit(v)
	return v
}

// vectors returns n vectors, as slices of one slab.
func (c *cloud) vectors(n int) [][]float32 {
	slab := make([]float32, 0, n*c.dim)
	all := make([][]float32, n)
	for i := range all {
		slab = append(slab, c.next()...)
		all[i] = slab[i*c.dim : (i+1)*c.dim : (i+1)*c.dim]
	}
	return all
}

// centre returns the mean of the first vectors.
func centreOf(vectors [][]float32) []float32 {
	vectors = vectors[:min(1000, len(vectors))]
	centre := make([]float32, len(vectors[0]))
	for _, v := range vectors {
		for j, c := range v {
			centre[j] += c / float32(len(vectors))
		}
	}
	return centre
}

func unit(v []float32) {
	scale := float32(1 / math.Sqrt(float64(dot(v, v))))
	for i := range v {
		v[i] *= scale
	}
}
