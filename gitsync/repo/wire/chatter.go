package wire

import "github.com/airside-ls/airside/gitsync/repo/fault"

// Progress is told about a transfer; may be nil.
type Progress func(message string)

// chatter hands the remote's progress messages on, line by line.
type chatter struct {
	tell  Progress
	left  int64 // bytes
	part  []byte
	words []string // the last lines, kept for what a hook says
}

// keptWords is how many of the remote's lines are kept.
const keptWords = 20

func (c *chatter) Write(p []byte) (int, error) {
	if c.left -= int64(len(p)); c.left < 0 {
		return 0, errTooMuch
	}
	for _, b := range p {
		if b != '\n' && b != '\r' {
			if len(c.part) < 4*fault.MaxWords {
				c.part = append(c.part, b)
			}
			continue
		}
		c.line(b == '\n')
	}
	return len(p), nil
}

func (c *chatter) line(keep bool) {
	text := fault.Plain(string(c.part))
	c.part = c.part[:0]
	if text == "" {
		return
	}
	if c.tell != nil {
		c.tell(text)
	}
	if keep {
		if len(c.words) == keptWords {
			c.words = c.words[1:]
		}
		c.words = append(c.words, text)
	}
}
