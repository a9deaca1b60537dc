package kernel

import (
	"testing"
	"unsafe"
)

// TestOffsets holds the structs to what the assembly assumes.
func TestOffsets(t *testing.T) {
	var p Panel
	var g tileGroup
	for name, c := range map[string][2]uintptr{
		"scale":         {unsafe.Offsetof(p.scale), 8192},
		"minimum":       {unsafe.Offsetof(p.minimum), 10240},
		"group scale":   {unsafe.Offsetof(g.scale), 256},
		"minusBias":     {unsafe.Offsetof(g.minusBias), 288},
		"minusBiasHalf": {unsafe.Offsetof(g.minusBiasHalf), 320},
		"sum":           {unsafe.Offsetof(g.sum), 384},
		"group":         {unsafe.Sizeof(g), 416},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is at %d, not at %d", name, c[0], c[1])
		}
	}
}
