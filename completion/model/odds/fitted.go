package odds

// engine and server are the odds by size, the largest first; make bench-odds.
//
// Fitted on 300 (0.5B) and 130 places (1.5B), of ten repositories of 2025 and later;
// those of 1.5B are drawn to the smaller one's.
var engine = []Odds{
	{Parameters: 1e9, Own: Weights{2.46, 1.60, 0.31}, Other: Weights{1.89, 0.06, 2.26}, Unseen: 0.089, Sure: 0.8, Begins: begins},
	{Parameters: 3e8, Own: Weights{2.36, 1.56, 0.52}, Other: Weights{1.86, 0.10, 1.96}, Unseen: 0.097, Sure: 0.8, Begins: begins},
}

var server = []Odds{
	{Parameters: 1e9, Own: Weights{2.93, 1.51, 0.61}, Other: Weights{1.34, 0.06, 2.52}, Unseen: 0.107, Begins: begins},
	{Parameters: 3e8, Own: Weights{2.77, 1.43, 0.82}, Other: Weights{1.43, 0.17, 2.24}, Unseen: 0.117, Begins: begins},
}

// begins are those of the beginnings of lines, fitted on 147 places (0.5B) of eight
// repositories. A server tells as much of them as the engine.
var begins = Begins{Own: Weights{2.62, 1.33, 0.78}, Other: Weights{1.44, 0.09, 2.29}, Unseen: 0.076, Least: 0.5, Whole: 0.6, Alone: 0.4}
