package editor

import (
	"testing"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/text"
)

func TestChooseEncoding(t *testing.T) {
	for _, test := range []struct {
		offered []protocol.PositionEncodingKind
		want    text.Encoding
	}{
		{nil, text.UTF16},
		{[]protocol.PositionEncodingKind{"utf-16", "utf-8"}, text.UTF8},
		{[]protocol.PositionEncodingKind{"utf-32", "utf-16"}, text.UTF32},
		{[]protocol.PositionEncodingKind{"utf-16", "utf-32"}, text.UTF16},
		{[]protocol.PositionEncodingKind{"utf-7", "utf-32"}, text.UTF32},
		{[]protocol.PositionEncodingKind{"utf-7"}, text.UTF16},
	} {
		if got := chooseEncoding(test.offered); got != test.want {
			t.Errorf("%v: %v, want %v", test.offered, got, test.want)
		}
	}
}
