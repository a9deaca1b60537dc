package syntax

var withKeywords = []*language{}
