package syntax

var withoutBlocks = []*language{}
