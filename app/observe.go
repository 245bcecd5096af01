package app

import (
	"context"
	"time"

	"syft-space/app/api"
	"syft-space/app/catalog"
	"syft-space/app/metrics"
	"syft-space/app/space"
)

// buildObservers makes what counts and shows what the other parts do.
func (b *builder) buildObservers() {
	b.metrics = metrics.New(metrics.Sources{
		Version: Version, Totals: b.db.Totals, EmbeddingRate: b.ingest.Rate, Logger: b.Logger,
		Indexes: func() metrics.Indexes { return metrics.Indexes(b.index.Size()) },
	})
	b.live = api.NewLive(api.LiveSources{
		Commits: b.db.Commits, Revisions: b.db.Revisions, Datasets: b.db.Datasets, Status: b.ingest.Status,
		Readiness: b.readiness, Version: Version, Logger: b.Logger,
	})
	b.background = append(b.background, b.live.Run, b.forget)
}

// recorded hands what happened to a query to everybody who counts; none of
// them holds it up.
func (b *builder) recorded(r *recorder) func(space.QueryEvent) {
	return func(e space.QueryEvent) {
		r.add(e)
		b.metrics.Query(e)
		b.live.Query(e)
	}
}

// forgetEvery is how often is looked for what was kept long enough.
const forgetEvery = 10 * time.Minute

// forget drops what was kept long enough, at once and every now and then.
func (b *builder) forget(ctx context.Context) error {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if err := b.forgetOld(ctx); err != nil && ctx.Err() == nil {
			b.Logger.ErrorContext(ctx, "what was kept long enough could not be dropped; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-b.settings.Changed(): // perhaps to a shorter time
		}
	}
}

// forgetOld drops the texts of questions after the owner's retention time, and
// old events altogether.
func (b *builder) forgetOld(ctx context.Context) error {
	now := b.Clock()
	_, err := b.db.PurgeEventTexts(ctx, now.Add(-b.settings.Values().Retention))
	if err != nil {
		return err
	}
	_, err = b.db.PurgeEvents(ctx, now.Add(-catalog.EventsKept))
	return err
}
