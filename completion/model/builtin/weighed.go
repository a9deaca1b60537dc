package builtin

import (
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/odds"
)

// WeighedLine is what was said of a line of an answer by the network and by what was
// expected, and which was chosen.
type WeighedLine struct {
	Options []odds.Option // the network's own line first
	Chosen  int
	P       float64 // how likely the chosen line is right
	// Line is the network's own first line, by token, and Expected all that was.
	Line     string
	Tokens   []model.Token
	Ended    bool // it ended Line itself
	Expected []model.Continuation
}

// oddsOf are the odds for a network; ok is false if it is mixed with what is
// expected token by token: see mixer.
var oddsOf = odds.Of
