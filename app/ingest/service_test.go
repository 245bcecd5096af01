package ingest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"syft-space/app/space"
	"syft-space/storage"
)

// startingStore has a dataset made while the program starts, just after the
// list of all was read.
type startingStore struct {
	*storage.DB
	made func()
}

func (s startingStore) AllDatasets(ctx context.Context) ([]space.Dataset, error) {
	list, err := s.DB.AllDatasets(ctx)
	s.made()
	return list, err
}

func TestADatasetMadeWhileTheProgramStartsIsWorkedOn(t *testing.T) {
	t.Parallel()
	db, err := storage.Open(t.Context(), storage.Options{Dir: t.TempDir(), Clock: space.SystemClock, IDs: space.NewID, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithCancel(t.Context())
	now := space.SystemClock()
	d := space.Dataset{
		ID: space.NewID(), Tenant: space.RootTenant, Name: "early", Type: "local_file", Configuration: []byte(`{}`), CreatedAt: now, UpdatedAt: now,
	}
	var s *Service
	begun := false
	store := startingStore{db, func() {
		if err := db.CreateDataset(ctx, d.Tenant, d); err != nil {
			t.Error(err)
		}
		s.Added(d)
		_, release, ok := s.take(d.ID)
		if begun = ok; ok {
			release()
		}
		cancel()
	}}
	s = New(Deps{
		Store: store, Plan: func(space.Dataset) (space.IngestPlan, bool, error) { return space.IngestPlan{}, true, nil },
		Embedder: func(space.EmbedderChoice) (space.Embedder, error) { return nil, nil },
		Clock:    space.SystemClock, IDs: space.NewID, Logger: slog.New(slog.DiscardHandler), Uploads: t.TempDir(), Workers: 1, Rescan: time.Hour,
	})
	if err := s.Run(ctx); err != nil { // an orderly end is no error
		t.Error(err)
	}
	if !begun {
		t.Error("nobody works on the dataset")
	}
}
