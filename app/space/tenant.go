package space

import (
	"time"

	"github.com/google/uuid"
)

// TenantID names the tenant that a row belongs to. It is a type of its own so
// that a storage call without the tenant does not compile.
type TenantID struct{ uuid.UUID }

// RootTenant owns everything while tenancy is off.
var RootTenant = TenantID{uuid.MustParse("00000000-0000-4000-8000-000000000001")}

// RootTenantName is the name of RootTenant.
const RootTenantName = "root"

// Tenant is one isolated set of datasets, models, endpoints and keys.
type Tenant struct {
	ID          TenantID
	Name        string // unique, 1..200 characters
	DisplayName string
	Domain      string
	Metadata    map[string]any
	Active      bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
}
