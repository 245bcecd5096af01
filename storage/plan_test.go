package storage

import (
	"strings"
	"testing"
)

// TestFrequentQueriesUseIndexes asks SQLite how it would run what is run for
// every question, every file or every batch; none may read a table that grows
// with the documents from end to end, or sort it.
func TestFrequentQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	db := open(t)
	for name, query := range map[string]string{
		"dataset by name": selectDatasetNamed, "endpoint": selectEndpointSlug, "enabled policies": selectEnabledPolicies, "key": selectKeyHash,
		"any job": selectAnyJob, "next job": selectNextJob, "lost leases": returnLost, "job counts": selectJobCounts, "known files": selectFiles,
		"document by hash": selectDocumentHash, "document at path": selectDocumentAtPath, "old passages": selectOldPassages, "rows": selectRowsOf,
		"forget document": forgetDocument, "passages": selectFound, "neighbours": selectNeighbours,
		"pending": selectPending, "codeless": selectCodeless, "cached": selectCached,
		"passages since": selectPassagesSince, "vectors since": selectVectorsSince, "gone since": selectGoneSince,
		"stats": selectDatasetStats, "old analysis": selectOldAnalysis, "budget": selectSpent, "ledger": selectLedger,
		"count of a person's ledger": countPerson, "ended windows": expireRates,
		"sweep of the queue": sweepSteps[0], "sweep of vectors": sweepSteps[1], "sweep of passages": sweepSteps[3],
		"sweep of tombstones": sweepSteps[4], "sweep of documents": sweepSteps[5], "sweep of jobs": sweepSteps[6],
	} {
		check(t, db.read(t.Context(), func(c *conn) error {
			return each(t.Context(), c, "EXPLAIN QUERY PLAN "+query, anys(make([]any, strings.Count(query, "?"))), func(row scanner) error {
				var id, parent, unused int
				var detail string
				if err := row.Scan(&id, &parent, &unused, &detail); err != nil {
					return err
				}
				if scansMuch(detail) {
					t.Errorf("%s: %s", name, detail)
				}
				return nil
			})
		}))
	}
}

// scansMuch reports whether a step of a plan costs what grows with the data:
// scans of the few datasets and bindings and of a list of arguments do not.
func scansMuch(detail string) bool {
	if strings.Contains(detail, "USE TEMP B-TREE") {
		return !strings.Contains(detail, "ORDER BY") // a list of arguments is put back in its order
	}
	if !strings.HasPrefix(detail, "SCAN ") {
		return false
	}
	for _, small := range []string{"SCAN d", "SCAN b", "SCAN s", "SCAN datasets", "SCAN k VIRTUAL", "SCAN l VIRTUAL", "SCAN json_each", "SCAN CONSTANT ROW"} {
		if strings.HasPrefix(detail, small+" ") || detail == small {
			return false
		}
	}
	return true
}
