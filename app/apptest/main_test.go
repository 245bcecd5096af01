package apptest_test

import (
	"testing"

	"syft-space/app/apptest"
)

func TestMain(m *testing.M) { apptest.Main(m) }
