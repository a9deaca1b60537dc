package completion

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/selector"
)

// Speed is how fast a model is on this machine of late, in tokens a second; 0 is
// not known.
type Speed model.Speed

const (
	// speedSmoothing is the share of the latest sample in a speed.
	speedSmoothing = 0.3
	// minRead and minWritten are how many tokens a sample has at least: of fewer,
	// most of the time goes into other things.
	minRead, minWritten = 12, 4
	// presumedRead and presumedWrite are what is taken for a model that has not been
	// heard yet: a model of so many parameters on two cores. Others take as much
	// longer as they are larger, and the smallest still some time.
	presumedRead, presumedWrite = 100.0, 20.0
	presumedParameters          = 1.5e9
	mostPresumed                = 50
)

// learn takes in a generation: so many tokens of the prompt were read anew.
func (s Speed) learn(u model.Usage, read int) Speed {
	reading := u.Reading
	if reading == 0 {
		reading = u.FirstToken
	}
	if read >= minRead && reading > 0 {
		s.Read = smooth(s.Read, float64(read)/reading.Seconds())
	}
	if u.GeneratedTokens >= minWritten && u.Writing > 0 {
		s.Write = smooth(s.Write, float64(u.GeneratedTokens-1)/u.Writing.Seconds())
	}
	return s
}

func smooth(old, sample float64) float64 {
	if old == 0 {
		return sample
	}
	return old + speedSmoothing*(sample-old)
}

// presumed is the speed, or what is taken for it of a model with so many
// parameters, 0 for a number that is not known.
func (s Speed) presumed(parameters int64) Speed {
	times := 1.0
	if parameters > 0 {
		times = min(presumedParameters/float64(parameters), mostPresumed)
	}
	if s.Read == 0 {
		s.Read = presumedRead * times
	}
	if s.Write == 0 {
		s.Write = presumedWrite * times
	}
	return s
}

// String is for people: "reads 130 tokens a second and writes 25".
func (s Speed) String() string {
	switch {
	case s.Read == 0 && s.Write == 0:
		return "has not been measured yet"
	case s.Write == 0:
		return fmt.Sprintf("reads %.0f tokens a second", s.Read)
	case s.Read == 0:
		return fmt.Sprintf("writes %.0f tokens a second", s.Write)
	}
	return fmt.Sprintf("reads %.0f tokens a second and writes %.0f", s.Read, s.Write)
}

// spoke takes in what a generation cost. estimated is how many tokens of the prompt
// the model is thought to have read anew, for backends that do not tell.
func (s *statistics) spoke(backend, name string, u model.Usage, estimated int) {
	read := u.PromptTokens - u.CachedTokens
	if u.CachedTokens == 0 {
		read = estimated
		if u.PromptTokens > 0 {
			read = min(read, u.PromptTokens)
		}
	}
	known := s.speed(backend, name)
	s.change(backend, name, func(m *modelStats) {
		m.speed = known.learn(u, read)
		m.unsaved.Speed = m.speed
	})
}

// speed is how fast a model is, by this process or by an earlier one.
func (s *statistics) speed(backend, name string) Speed {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.models[modelKey{backend, name}]; m != nil && m.speed != (Speed{}) {
		return m.speed
	}
	return s.earlier[modelKey{backend, name}]
}

// faster names the fastest other model that this machine has known, "" if none is.
func (s *statistics) faster(backend, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	best, than := "", 2*s.earlier[modelKey{backend, name}].Read
	if m := s.models[modelKey{backend, name}]; m != nil {
		than = max(than, 2*m.speed.Read)
	}
	for key, speed := range s.earlier {
		if key != (modelKey{backend, name}) && speed.Read > than {
			best, than = fmt.Sprintf("%s (%s) %s here", key.model, key.backend, speed), speed.Read
		}
	}
	return best
}

const (
	// surelyRead is how many times as long as it should a prompt may take before its
	// reader is taken for hung: a machine that compiles slows a model down, but not
	// that much.
	surelyRead = 10
	// lifeSign bounds the question whether a backend is there.
	lifeSign = 2 * time.Second
	// staysLoaded is how long a model that has answered is still loaded for sure: Ollama
	// drops one after five minutes unless it is told otherwise.
	staysLoaded = 4 * time.Minute
	// usualSilence is how long there may be no sign of life of the fastest model.
	usualSilence = 10 * time.Second
)

// silence is how long a model may give no sign of being at work on a prompt of so many
// tokens, of which its server may have lost what it knew, before that is started anew:
// long before a question's time is over, where it is known to be fast. 0 is no bound of
// its own: for one that has not been heard of late, which may be loading, and for a
// server that cannot be started anew.
func (e *Engine) silence(b model.Backend, info model.Info, tokens int) time.Duration {
	if r, ok := b.(model.Restarter); !ok || !r.Restartable() || !e.stats.heardLately(info.Backend, info.Model) {
		return 0
	}
	read := float64(tokens+1) / e.stats.speed(info.Backend, info.Model).presumed(info.Parameters).Read
	return max(e.leastSilence(), time.Duration(surelyRead*read*float64(time.Second)))
}

// watch calls cut when nothing is heard for so long; 0 is for ever. silent tells
// whether it has.
func watch(silence time.Duration, cut func()) (heard func(), silent func() bool) {
	if silence <= 0 {
		return func() {}, func() bool { return false }
	}
	var ended, overdue atomic.Bool // ended: whoever sets it decides
	timer := time.AfterFunc(silence, func() {
		if ended.CompareAndSwap(false, true) {
			overdue.Store(true)
			cut()
		}
	})
	heard = func() {
		if ended.CompareAndSwap(false, true) {
			timer.Stop()
		}
	}
	return heard, func() bool {
		heard()
		return overdue.Load()
	}
}

// isAtWork tells whether a backend that has given no sign of a generation within a
// time may still be at it: it answers other questions, and so many tokens, which is
// what it had to read, can take as long here. One that has not answered yet may be
// loading its model, but not twice as long.
func (e *Engine) isAtWork(ctx context.Context, choice selector.Choice, tokens int, within time.Duration) bool {
	info := choice.Info
	speed := e.stats.speed(info.Backend, info.Model).presumed(info.Parameters)
	again, times := e.stats.silent(info.Backend, info.Model)
	overdue := float64(tokens+1)/speed.Read*surelyRead < within.Seconds()*float64(times)
	if overdue && again {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lifeSign)
	defer cancel()
	_, err := choice.Backend.Probe(ctx)
	return err == nil
}

// hung is the error of a backend that shows no sign of being at work. A server of
// airside's own is started anew.
func hung(b model.Backend, info model.Info, after time.Duration) error {
	advice := "start its server anew"
	if restarts(b) {
		advice = "airside starts its server anew"
	}
	return &model.Error{
		Kind: model.Hung, Backend: info.Backend,
		Err:    fmt.Errorf("%s was asked %s ago and has neither read nor written a token since", info.Model, after),
		Advice: advice,
	}
}

// restarts has a backend's server started anew, where that is possible.
func restarts(b model.Backend) bool {
	r, ok := b.(model.Restarter)
	return ok && r.Restart()
}

// slow is the error of a model that has not answered in time.
func (e *Engine) slow(info model.Info, after time.Duration) error {
	advice := "a smaller model would be faster"
	if faster := e.stats.faster(info.Backend, info.Model); faster != "" {
		advice = faster
	}
	speed := e.stats.speed(info.Backend, info.Model)
	why := fmt.Errorf("%s has not answered within %s", info.Model, after)
	if speed != (Speed{}) {
		why = fmt.Errorf("%s %s, and has not answered within %s", info.Model, speed, after)
	}
	return &model.Error{Kind: model.Slow, Backend: info.Backend, Err: why, Advice: advice}
}
