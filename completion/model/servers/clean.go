package servers

import (
	"crypto/tls"
	"errors"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

// minKeyPart is how many characters of the key at an error's cut end are too
// many.
const minKeyPart = 4

// clean adds advice to an error and takes out the key, which some servers repeat
// when they refuse it.
func (b *OpenAI) clean(err error) error {
	e, ok := err.(*model.Error)
	if !ok || e.Err == nil {
		return err
	}
	c := *e
	if c.Advice == "" || c.Kind != model.NoModel {
		c.Advice = b.advice(e)
	}
	if text, found := hideKey(e.Err.Error(), b.token); found {
		c.Err = errors.New(text)
	}
	return &c
}

func (b *OpenAI) advice(e *model.Error) string {
	var certificate *tls.CertificateVerificationError
	var status *httpapi.StatusError
	switch {
	case errors.As(e.Err, &certificate):
		return "have this machine trust the authority that signed the server's certificate"
	case errors.As(e.Err, &status) && (status.Code == 401 || status.Code == 403) && b.token == "":
		return "put the server's key into the environment as AIRSIDE_OPENAI_KEY"
	case errors.As(e.Err, &status) && (status.Code == 401 || status.Code == 403):
		return "is AIRSIDE_OPENAI_KEY the server's key?"
	}
	return e.Advice
}

// hideKey takes key out of text, also where text has been cut within it.
func hideKey(text, key string) (clean string, found bool) {
	if key == "" {
		return text, false
	}
	const hidden = "[key]"
	clean = strings.ReplaceAll(text, key, hidden)
	if head, ok := strings.CutSuffix(clean, "…"); ok {
		for n := len(key) - 1; n >= minKeyPart; n-- {
			if strings.HasSuffix(head, key[:n]) {
				clean = head[:len(head)-n] + hidden + "…"
				break
			}
		}
	}
	return clean, clean != text
}
