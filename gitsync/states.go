package gitsync

// State is where a branch's sync stands.
type State string

// The states of a round, and those it can end in.
const (
	Idle       State = "IDLE"     // nothing to do, or all done
	Probe      State = "PROBE"    // asking whether the remote can be reached
	Fetch      State = "FETCH"    // asking it for its branch
	Compare    State = "COMPARE"  // its tip against ours
	Equal      State = "EQUAL"    // the same
	Ahead      State = "AHEAD"    // ours has commits that the remote lacks
	Behind     State = "BEHIND"   // the other way round
	Diverged   State = "DIVERGED" // both
	Push       State = "PUSH"     // handing over ours
	Offline    State = "OFFLINE"  // the remote cannot be reached: tried again by itself
	Backoff    State = "BACKOFF"  // the connection broke, or the remote moves too fast: tried again by itself
	Portal     State = "PORTAL"   // a captive portal answers: tried again by itself
	Conflicted State = "CONFLICT" // parked until the user merges
	Auth       State = "AUTH"     // credentials missing or refused: waits for the user
	Rejected   State = "REJECTED" // refused by policy: waits for the user
	Rewound    State = "REWOUND"  // the remote's history was rewritten: waits for the user
	Busy       State = "BUSY"     // the repository is in use or has open changes
)

// event is what happened in a state.
type event string

const (
	ready     event = "ready"
	busy      event = "busy"
	nothing   event = "nothing to do"
	waits     event = "waits for the user"
	reached   event = "reached"
	offline   event = "offline"
	portal    event = "portal"
	authNeed  event = "credentials"
	refused   event = "refused"
	broke     event = "connection broke"
	fetched   event = "fetched"
	absent    event = "never there"
	gone      event = "deleted there"
	rewritten event = "rewritten there"
	same      event = "same"
	ahead     event = "ahead"
	behind    event = "behind"
	diverged  event = "diverged"
	undone    event = "undone before"
	settled   event = "settled"
	forwarded event = "forwarded"
	joined    event = "merged"
	conflict  event = "conflict"
	moved     event = "moved meanwhile"
	pushed    event = "pushed"
	overtaken event = "remote moved meanwhile"
	restless  event = "moved too often"
)

// transition is one line of the table.
type transition struct {
	from State
	on   event
	to   State
}

// transitions is the whole state machine: what is not here cannot happen. A
// round starts in IDLE and ends in the first state that has no way on.
var transitions = []transition{
	{Idle, ready, Probe},
	{Idle, nothing, Idle},
	{Idle, busy, Busy},
	{Idle, waits, Auth},

	{Probe, reached, Fetch},
	{Probe, offline, Offline},
	{Probe, portal, Portal},
	{Probe, authNeed, Auth},
	{Probe, refused, Rejected},

	{Fetch, fetched, Compare},
	{Fetch, absent, Ahead},
	{Fetch, gone, Idle},
	{Fetch, rewritten, Rewound},
	{Fetch, authNeed, Auth},
	{Fetch, refused, Rejected},
	{Fetch, broke, Backoff},
	{Fetch, busy, Busy},
	{Fetch, restless, Backoff},

	{Compare, same, Equal},
	{Compare, ahead, Ahead},
	{Compare, behind, Behind},
	{Compare, diverged, Diverged},
	{Compare, undone, Idle},
	{Compare, busy, Busy},
	{Compare, restless, Backoff},

	{Equal, settled, Idle},

	{Ahead, ready, Push},
	{Ahead, waits, Rejected},

	{Behind, forwarded, Idle},
	{Behind, moved, Compare},
	{Behind, busy, Busy},
	{Behind, broke, Backoff},

	{Diverged, joined, Push},
	{Diverged, conflict, Conflicted},
	{Diverged, moved, Compare},
	{Diverged, busy, Busy},
	{Diverged, broke, Backoff},

	{Push, pushed, Idle},
	{Push, overtaken, Fetch},
	{Push, refused, Rejected},
	{Push, authNeed, Auth},
	{Push, broke, Backoff},
	{Push, busy, Busy},
}

// next looks up the table.
func next(from State, on event) (State, bool) {
	for _, t := range transitions {
		if t.from == from && t.on == on {
			return t.to, true
		}
	}
	return "", false
}
