package space

import (
	"time"

	"github.com/google/uuid"
)

// Clock tells the time. The product asks no other; tests hand in their own.
type Clock func() time.Time

// SystemClock is the wall clock in UTC, cut to microseconds as stored.
func SystemClock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// IDs makes new random identifiers (UUID version 4).
type IDs func() uuid.UUID

// NewID is the IDs of a running Space.
func NewID() uuid.UUID { return uuid.New() }
