//go:build e2e

package e2e

import "testing"

// TestE2EVSCodeAlternatives opens a panel of alternatives beside the text.
func TestE2EVSCodeAlternatives(t *testing.T) {
	c := startCodeServer(t, untouched, vscodeModel(t).env(), allTrusted)
	c.world.Folders["code"] = writeProject(t)
	c.journeys("alternatives")
}
