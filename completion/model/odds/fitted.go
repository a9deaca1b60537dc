package odds

// engine and server are the odds by size, the largest first.
var engine = []Odds{
	{Parameters: 1e9, Own: Weights{1.95, 1.48, 0.26}, Other: Weights{1.81, 0.05, 2.65}, Unseen: 0.118, Sure: 0.8},
	{Parameters: 3e8, Own: Weights{2.20, 1.49, 0.43}, Other: Weights{1.91, 0.09, 1.99}, Unseen: 0.090, Sure: 0.8},
}

var server = []Odds{
	{Parameters: 1e9, Own: Weights{2.85, 1.43, 0.80}, Other: Weights{1.32, 0.06, 2.89}, Unseen: 0.144},
	{Parameters: 3e8, Own: Weights{2.51, 1.41, 0.71}, Other: Weights{1.52, 0.15, 2.40}, Unseen: 0.126},
}
