//go:build e2e

package e2e

import "testing"

// TestE2EVSCodeAccessible goes through VS Code as somebody with a screen reader does.
func TestE2EVSCodeAccessible(t *testing.T) {
	c := startCodeServer(t, `{"editor.accessibilitySupport": "on"}`, vscodeModel(t).env(), allTrusted)
	c.world.Folders["code"] = writeProject(t)
	c.journeys("accessible")
}
