package surprise

import (
	"testing"

	"github.com/airside-ls/airside/completion/syntax/syntaxtest"
)

func TestMain(m *testing.M) { syntaxtest.Main(m) }
