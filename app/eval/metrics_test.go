package eval

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMetricsOfRanksWorkedOutByHand(t *testing.T) {
	t.Parallel()
	third, fifth := 1/math.Log2(4), 1/math.Log2(6)
	for name, test := range map[string]struct {
		ranks                   []int
		hit1, hit5, mrr10, ndcg float64
	}{
		"no question":              {nil, 0, 0, 0, 0},
		"all first":                {[]int{1, 1, 1}, 1, 1, 1, 1},
		"none found":               {[]int{0, 0}, 0, 0, 0, 0},
		"first, third, none":       {[]int{1, 3, 0}, 1. / 3, 2. / 3, (1 + 1./3) / 3, (1 + third) / 3},
		"the fifth is a hit at 5":  {[]int{5}, 0, 1, .2, fifth},
		"the sixth is none":        {[]int{6}, 0, 0, 1. / 6, 1 / math.Log2(7)},
		"the tenth counts":         {[]int{10}, 0, 0, .1, 1 / math.Log2(11)},
		"the eleventh counts zero": {[]int{11, 1}, .5, .5, .5, .5},
	} {
		m := Of(test.ranks)
		got := []float64{m.Hit1.Value, m.Hit5.Value, m.MRR10.Value, m.NDCG10.Value}
		want := []float64{test.hit1, test.hit5, test.mrr10, test.ndcg}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Errorf("%s: got %v, want %v", name, got, want)
				break
			}
		}
	}
}

func TestIntervalsCoverWhatTheNormalApproximationDoes(t *testing.T) {
	t.Parallel()
	ranks := slices.Concat(slices.Repeat([]int{1}, 300), slices.Repeat([]int{0}, 100))
	got := Of(ranks).Hit1
	half := 1.96 * math.Sqrt(.75*.25/400) // of a proportion
	if math.Abs(got.Low-(.75-half)) > .01 || math.Abs(got.High-(.75+half)) > .01 {
		t.Errorf("the interval is %+v, want about .75 +- %.3f", got, half)
	}
	if again := Of(ranks).Hit1; again != got {
		t.Errorf("the same ranks gave %+v, then %+v", got, again)
	}
	if sure := Of([]int{1, 1, 1, 1}).MRR10; sure != (Interval{1, 1, 1}) {
		t.Errorf("equal ranks give %+v", sure)
	}
}

func TestDifferenceIsPaired(t *testing.T) {
	t.Parallel()
	var a, b []int
	for range 50 { // hard and easy questions, a always a little better
		a = append(a, 1, 4)
		b = append(b, 2, 5)
	}
	got := Difference(a, b)
	if math.Abs(got.Value-(.5+.05)/2) > 1e-12 || got.Low <= .2 || got.High >= .35 {
		t.Errorf("the difference is %+v", got)
	}
	if same := Difference(a, a); same != (Interval{}) {
		t.Errorf("no difference gives %+v", same)
	}
}

func TestPercentileIsANearestRank(t *testing.T) {
	t.Parallel()
	tens := []time.Duration{50, 10, 30, 20, 40}
	got := []time.Duration{Percentile(nil, .5), Percentile(tens, 0), Percentile(tens, .5), Percentile(tens, .95), Percentile(tens, 1)}
	if diff := cmp.Diff([]time.Duration{0, 10, 30, 50, 50}, got); diff != "" {
		t.Error(diff)
	}
	if tens[0] != 50 {
		t.Error("the caller's order was changed")
	}
}
