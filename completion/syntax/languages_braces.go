package syntax

var withBraces = []*language{}
