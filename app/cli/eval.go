package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syft-space/app/eval"
	"syft-space/app/space"
)

// evaluation is what eval found out; --json prints it.
type evaluation struct {
	Dataset     string       `json:"dataset"`
	Questions   int          `json:"questions"`
	Modes       []modeScore  `json:"modes"`
	Differences []difference `json:"mrr_differences"` // of the first mode to each other one
}

// modeScore is how one mode of search did.
type modeScore struct {
	Mode string `json:"mode"`
	eval.Metrics
	P50    float64  `json:"p50_ms"` // of a search over HTTP, one at a time
	P95    float64  `json:"p95_ms"`
	Notes  []string `json:"notes"`
	Misses []miss   `json:"misses"`
	ranks  []int
}

// miss is a question whose passage was not among the results, with what came.
type miss struct {
	eval.Question
	Came []came `json:"came"`
}

type came struct {
	File    string  `json:"file_path"`
	Score   float64 `json:"similarity_score"`
	Content string  `json:"content"`
}

// difference is what the reciprocal ranks of two modes differ by.
type difference struct {
	Mode string `json:"mode"`
	Than string `json:"than"`
	eval.Interval
}

// searched is what the CLI reads of a search's answer.
type searched struct {
	Results []struct {
		Content         string
		SimilarityScore float64 `json:"similarity_score"`
		Metadata        struct {
			FileName string `json:"file_name"`
			FilePath string `json:"file_path"`
		}
	}
	Notes []string
}

func (e *env) evalCommand() *cobra.Command {
	var dataset, questions string
	var modes []string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "eval --dataset NAME --questions FILE.jsonl", Short: "Measure how well a dataset's search finds what answers your questions", Args: cobra.NoArgs,
		Long: "Asks every question of a file of the dataset, past endpoints and their policies, and says how high the right passage stood.\n" +
			"Each line of the file is a question with the passage that answers it: the file's name or the end of its path, words of the passage, or both:\n\n" +
			`  {"question": "How long is the warranty?", "expect": {"file": "warranty.md", "contains": "36 months"}}`,
		Example: "  syft-space eval --dataset handbook --questions questions.jsonl\n  syft-space eval --dataset handbook --questions questions.jsonl --mode hybrid --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, m := range modes {
				if !slices.Contains(searchModes(), m) {
					return fmt.Errorf("the mode %q does not exist; choose among %s", m, strings.Join(searchModes(), ", "))
				}
			}
			asked, err := readQuestions(questions)
			if err != nil {
				return err
			}
			cfg, err := e.load()
			if err != nil {
				return err
			}
			c, err := e.connect(cfg)
			if err != nil {
				return err
			}
			found, err := e.evaluate(cmd.Context(), c, dataset, asked, modes)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(e.out)
				enc.SetIndent("", "  ")
				return enc.Encode(found)
			}
			e.printEvaluation(found)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&dataset, "dataset", "", "name of the dataset")
	f.StringVar(&questions, "questions", "", "file of questions, one JSON object a line")
	f.StringSliceVar(&modes, "mode", searchModes(), "how to search; several are compared with the first")
	f.BoolVar(&asJSON, "json", false, "as JSON, with every miss in full")
	for _, name := range []string{"dataset", "questions"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	return cmd
}

func searchModes() []string {
	return []string{string(space.SearchHybrid), string(space.SearchVector), string(space.SearchLexical)}
}

func readQuestions(path string) ([]eval.Question, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the questions cannot be read: %w", err)
	}
	defer f.Close()
	questions, err := eval.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s, %w", path, err)
	}
	return questions, nil
}

// evaluate asks all questions in each mode.
func (e *env) evaluate(ctx context.Context, c *client, dataset string, questions []eval.Question, modes []string) (evaluation, error) {
	out := evaluation{Dataset: dataset, Questions: len(questions), Modes: []modeScore{}, Differences: []difference{}}
	for _, mode := range modes {
		m, err := e.evaluateMode(ctx, c, dataset, questions, mode)
		if err != nil {
			return out, err
		}
		out.Modes = append(out.Modes, m)
	}
	for _, other := range out.Modes[min(1, len(out.Modes)):] {
		first := out.Modes[0]
		out.Differences = append(out.Differences, difference{first.Mode, other.Mode, eval.Difference(first.ranks, other.ranks)})
	}
	return out, nil
}

func (e *env) evaluateMode(ctx context.Context, c *client, dataset string, questions []eval.Question, mode string) (modeScore, error) {
	out := modeScore{Mode: mode, Notes: []string{}, Misses: []miss{}}
	var took []time.Duration
	for _, q := range questions {
		found, d, err := e.search(ctx, c, dataset, q.Text, mode)
		if isNotFound(err) {
			return out, err
		}
		if err != nil {
			return out, fmt.Errorf("question of line %d: %w", q.Line, err)
		}
		took = append(took, d)
		passages := make([]eval.Passage, len(found.Results))
		for i, r := range found.Results {
			passages[i] = eval.Passage{FileName: r.Metadata.FileName, FilePath: r.Metadata.FilePath, Content: r.Content}
		}
		rank := q.Expect.Rank(passages)
		out.ranks = append(out.ranks, rank)
		if rank == 0 {
			out.Misses = append(out.Misses, missed(q, found))
		}
		for _, n := range found.Notes {
			if !slices.Contains(out.Notes, n) {
				out.Notes = append(out.Notes, n)
			}
		}
	}
	out.Metrics = eval.Of(out.ranks)
	out.P50, out.P95 = milliseconds(eval.Percentile(took, .5)), milliseconds(eval.Percentile(took, .95))
	return out, nil
}

// search asks one question, and says how long the answer took. Where the Space
// asks to wait, for its limit of calls a minute or because it loads, it is
// asked again.
func (e *env) search(ctx context.Context, c *client, dataset, question, mode string) (found searched, took time.Duration, err error) {
	const longest, tries = time.Minute, 4
	for try := 1; ; try++ {
		start := space.SystemClock()
		err = c.call(ctx, http.MethodPost, "/api/v1/datasets/"+url.PathEscape(dataset)+"/search", map[string]any{
			"query": question, "limit": eval.Depth, "mode": mode,
		}, &found)
		took = space.SystemClock().Sub(start)
		var refused *apiError
		if !errors.As(err, &refused) || refused.retryAfter == 0 || try == tries {
			return found, took, err
		}
		if refused.retryAfter > longest {
			return found, took, fmt.Errorf("%s To ask more, raise the calls an hour in the settings, or set them to 0", refused.detail)
		}
		fmt.Fprintf(e.err, "%s Waiting.\n", refused.detail)
		select {
		case <-ctx.Done():
			return found, took, ctx.Err()
		case <-time.After(refused.retryAfter):
		}
	}
}

func missed(q eval.Question, found searched) miss {
	out := miss{q, make([]came, len(found.Results))}
	for i, r := range found.Results {
		out.Came[i] = came{r.Metadata.FilePath, r.SimilarityScore, r.Content}
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (e *env) printEvaluation(found evaluation) {
	fmt.Fprintf(e.out, "%d questions, dataset %s; means with 95 %% bootstrap intervals\n\n", found.Questions, found.Dataset)
	fmt.Fprintf(e.out, "%-8s  %-17s  %-17s  %-17s  %-17s  %8s  %8s\n", "", "hit@1", "hit@5", "MRR@10", "nDCG@10", "p50", "p95")
	for _, m := range found.Modes {
		fmt.Fprintf(e.out, "%-8s  %s  %s  %s  %s  %5.1f ms  %5.1f ms\n", m.Mode,
			interval(m.Hit1), interval(m.Hit5), interval(m.MRR10), interval(m.NDCG10), m.P50, m.P95)
	}
	for i, d := range found.Differences {
		if i == 0 {
			fmt.Fprintln(e.out)
		}
		fmt.Fprintf(e.out, "MRR@10 of %s less that of %s: %+.3f [%+.3f, %+.3f]\n", d.Mode, d.Than, d.Value, d.Low, d.High)
	}
	for _, m := range found.Modes {
		e.printMisses(m, found.Questions)
	}
}

// printMisses shows the first misses of a mode; a person reads no more.
func (e *env) printMisses(m modeScore, questions int) {
	const most, instead = 20, 2
	for _, n := range m.Notes {
		fmt.Fprintf(e.out, "\n%s: %s\n", m.Mode, n)
	}
	if len(m.Misses) == 0 {
		return
	}
	fmt.Fprintf(e.out, "\n%s did not find the passages of %d of %d questions among its first %d:\n", m.Mode, len(m.Misses), questions, eval.Depth)
	for _, missed := range m.Misses[:min(most, len(m.Misses))] {
		fmt.Fprintf(e.out, "  line %d: %s\n    expected %s\n", missed.Line, missed.Text, expected(missed.Expect))
		for _, c := range missed.Came[:min(instead, len(missed.Came))] {
			fmt.Fprintf(e.out, "    came     %s (%.2f): %s\n", c.File, c.Score, shortened(c.Content))
		}
	}
	if more := len(m.Misses) - most; more > 0 {
		fmt.Fprintf(e.out, "  and %d more, which --json lists\n", more)
	}
}

func interval(i eval.Interval) string { return fmt.Sprintf("%.3f [%.3f-%.3f]", i.Value, i.Low, i.High) }

func expected(x eval.Expect) string {
	switch {
	case x.Contains == "":
		return x.File
	case x.File == "":
		return fmt.Sprintf("%q", x.Contains)
	}
	return fmt.Sprintf("%s with %q", x.File, x.Contains)
}

// shortened is the beginning of a passage, on one line.
func shortened(s string) string {
	const most = 80
	line := []rune(strings.Join(strings.Fields(s), " "))
	if len(line) > most {
		return string(line[:most]) + "..."
	}
	return string(line)
}
