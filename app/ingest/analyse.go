package ingest

import (
	"context"
	"path"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// analyseBatch is how many passages are analysed anew in one transaction.
const analyseBatch = 500

// analyseAgain makes the terms of passages anew that an earlier version of the
// analysis made. It runs once after the start; there is nothing to do unless
// the program was updated.
func (s *Service) analyseAgain(ctx context.Context) error {
	for ctx.Err() == nil {
		old, err := s.Store.PassagesOfOldAnalysis(ctx, s.Analysis, analyseBatch)
		if err != nil || len(old) == 0 {
			return err
		}
		writes := make([]space.TermsWrite, len(old))
		touched := map[uuid.UUID]space.TenantID{}
		for i, p := range old {
			title := p.Title
			if title == "" {
				title = path.Base(p.Rel)
			}
			writes[i] = space.TermsWrite{Row: p.Row, Terms: s.Analyse(title, p.Headings, p.Text)}
			touched[p.DatasetID] = p.Tenant
		}
		if _, err := s.Store.PutTerms(ctx, s.Analysis, writes); err != nil {
			return err
		}
		for dataset, tenant := range touched {
			s.Deps.Changed(tenant, dataset)
		}
	}
	return nil
}
