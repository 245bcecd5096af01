// Package eval measures retrieval: how high the passages that answer questions
// stand among those that a search returned, and how sure that is.
package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Depth is how many results of a question are looked at.
const Depth = 10

// Interval is a mean over questions with its 95 % bootstrap interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Metrics are means over questions, all from 0 to 1. One passage answers a
// question (the first expected one; others that fit count neither for nor
// against), so recall@k is the hit rate at k and the ideal DCG is 1.
type Metrics struct {
	Hit1 Interval `json:"hit_at_1"` // share of questions answered by the first result
	Hit5 Interval `json:"hit_at_5"` // by one of the first five
	// MRR10 is the mean of 1/rank, 0 beyond rank 10 (Voorhees, "The TREC-8
	// Question Answering Track Report", 1999).
	MRR10 Interval `json:"mrr_at_10"`
	// NDCG10 is the mean of 1/log2(1+rank), 0 beyond rank 10 (Jarvelin,
	// Kekalainen, "Cumulated Gain-Based Evaluation of IR Techniques", TOIS
	// 2002, with the discount of all ranks that is usual since Burges et al.,
	// "Learning to Rank Using Gradient Descent", ICML 2005).
	NDCG10 Interval `json:"ndcg_at_10"`
}

// Of computes the metrics of ranks, which count from 1; 0 is not found.
// Equal ranks give equal intervals, on every machine.
func Of(ranks []int) Metrics {
	return Metrics{
		Hit1:   bootstrap(gains(ranks, hitWithin(1))),
		Hit5:   bootstrap(gains(ranks, hitWithin(5))),
		MRR10:  bootstrap(gains(ranks, reciprocal)),
		NDCG10: bootstrap(gains(ranks, discounted)),
	}
}

// Difference is the mean over questions of a's reciprocal rank less b's. The
// two hold ranks of the same questions in the same order; resampling pairs
// leaves the difficulty of questions, which both share, out of the interval
// (Sakai, "Evaluating Evaluation Metrics based on the Bootstrap", SIGIR 2006).
func Difference(a, b []int) Interval {
	x, y := gains(a, reciprocal), gains(b, reciprocal)
	for i := range x {
		x[i] -= y[i]
	}
	return bootstrap(x)
}

func gains(ranks []int, gain func(rank int) float64) []float64 {
	out := make([]float64, len(ranks))
	for i, r := range ranks {
		if r >= 1 && r <= Depth {
			out[i] = gain(r)
		}
	}
	return out
}

func hitWithin(k int) func(int) float64 {
	return func(rank int) float64 {
		if rank <= k {
			return 1
		}
		return 0
	}
}

func reciprocal(rank int) float64 { return 1 / float64(rank) }

func discounted(rank int) float64 { return 1 / math.Log2(1+float64(rank)) }

const (
	resamples = 2000 // Efron and Tibshirani call 1,000 to 2,000 enough for percentile intervals
	seed      = 1
)

// bootstrap is the mean of values with its percentile interval (Efron,
// Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13). Without
// values it is 0.
func bootstrap(values []float64) Interval {
	n := len(values)
	if n == 0 {
		return Interval{}
	}
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	means := make([]float64, resamples)
	for i := range means {
		sum := 0.0
		for range n {
			sum += values[random.IntN(n)]
		}
		means[i] = sum / float64(n)
	}
	slices.Sort(means)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return Interval{Value: sum / float64(n), Low: means[resamples*25/1000], High: means[resamples*975/1000-1]}
}

// Percentile is the smallest of the durations that at least the share q (0 to
// 1) of them does not exceed; 0 where there are none.
func Percentile(durations []time.Duration, q float64) time.Duration {
	if len(durations) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(durations))
	at := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(at, 0), len(sorted)-1)]
}
