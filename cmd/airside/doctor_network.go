package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/settings"
	"github.com/airside-ls/airside/lsp/workspace"
)

// networkReport is what airside may contact; its JSON is part of the contract.
type networkReport struct {
	Addresses []networkAddress `json:"addresses"`
	Problems  []string         `json:"problems"` // what keeps the list from being whole
}

// networkAddress is one place.
type networkAddress struct {
	Host     string `json:"host"` // name or IP address
	Port     int    `json:"port"` // 0: one that the system chooses
	Protocol string `json:"protocol"`
	For      string `json:"for"` // "completion", "models" (only when they are listed), "sync", "dns"
	Who      string `json:"who"` // the backend, or the remote and its repository
	Note     string `json:"note"`
}

// networkOf lists the addresses. It contacts none.
func networkOf(ctx context.Context, o settings.Options, environ []string, open syncOpener, log *slog.Logger) networkReport {
	r := networkReport{Addresses: []networkAddress{}, Problems: []string{}}
	asked := backends(o, log)
	others := othersThan(asked, o, log)
	r.addBackends(asked, "completion", "")
	r.addBackends(others, "models", "only when models are listed or chosen")
	closeAll(append(asked, others...), log)

	folders, err := consentBook(environ).Synced()
	if err != nil {
		r.Problems = append(r.Problems, err.Error())
	}
	for _, git := range folders {
		if err := r.addRemotes(ctx, git, o, environ, open, log); err != nil {
			r.Problems = append(r.Problems, git+": "+err.Error())
		}
	}
	var hosts []string
	for _, a := range r.Addresses {
		hosts = append(hosts, a.Host)
	}
	servers, err := gitsync.Resolvers(hosts)
	if err != nil {
		r.Problems = append(r.Problems, "names are looked up where the system says, which cannot be told: "+err.Error())
	}
	for _, s := range servers {
		r.Addresses = append(r.Addresses, networkAddress{Host: s, Port: 53, Protocol: "dns", For: "dns", Who: "this machine's resolver"})
	}
	return r
}

func (r *networkReport) addBackends(list []model.Backend, use, note string) {
	for _, b := range list {
		addressed, ok := b.(model.Addresser)
		if !ok {
			continue
		}
		for _, text := range addressed.Addresses() {
			u, err := url.Parse(text)
			if err != nil {
				r.Problems = append(r.Problems, b.Name()+": the address is none")
				continue
			}
			port, _ := strconv.Atoi(cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]))
			r.Addresses = append(r.Addresses, networkAddress{
				Host: u.Hostname(), Port: port, Protocol: u.Scheme, For: use, Who: b.Name(), Note: note,
			})
		}
	}
}

// addRemotes adds those of the repository with that git folder.
func (r *networkReport) addRemotes(ctx context.Context, git string, o settings.Options, environ []string, open syncOpener, log *slog.Logger) error {
	folder := git
	if filepath.Base(git) == ".git" {
		folder = filepath.Dir(git)
	}
	syncer, err := open(folder, environ, syncSettings(o), workspace.SyncHooks{}, log)
	if err != nil {
		return err
	}
	places, ok := syncer.(interface {
		Addresses(context.Context) ([]gitsync.Address, error)
	})
	if !ok {
		return nil
	}
	list, err := places.Addresses(ctx)
	for _, a := range list {
		n := networkAddress{Host: a.Host, Port: a.Port, Protocol: a.Protocol, For: "sync", Who: fmt.Sprintf("%s of %s", a.Remote, folder)}
		switch {
		case a.Proxy:
			n.Note = "the proxy before it"
		case a.Indirect:
			n.Note = "by way of what your ssh configuration names"
		}
		r.Addresses = append(r.Addresses, n)
	}
	return err
}

func printNetwork(ctx context.Context, std stdio, asJSON bool, environ []string, open syncOpener, log *slog.Logger) error {
	o, errs := loadSettings(environ)
	r := networkOf(ctx, o, environ, open, log)
	for _, err := range errs {
		r.Problems = append(r.Problems, err.Error())
	}
	if asJSON {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	l := std.language
	var b strings.Builder
	if len(r.Addresses) == 0 {
		b.WriteString(l.Text("airside contacts nobody.") + "\n")
	} else {
		b.WriteString(l.Text("airside may contact these, and nobody else:") + "\n\n")
	}
	for _, a := range r.sorted() {
		note := l.Say(a.Who)
		if a.Note != "" {
			note += ", " + l.Say(a.Note)
		}
		fmt.Fprintf(&b, "  %-28s %-10s %s\n", printable(a.place()), a.For, printable(note))
	}
	p := palette(std.out)
	for _, problem := range r.Problems {
		fmt.Fprintf(&b, "%s %s\n", p.yellow("!"), l.Say(printable(problem)))
	}
	if len(r.Addresses) > 0 {
		b.WriteString("\n" + l.Text("An editor's own settings may name other servers of models.") + "\n")
	}
	from := "its makers' address or Ollama"
	if o.ModelsMirror != "" {
		from = o.ModelsMirror
	}
	b.WriteString(l.Sayf("airside models pull and airside setup fetch a model from %s, which they show first", printable(secrecy.MaskURLs(from))) + ".\n")
	_, err := io.WriteString(std.out, b.String())
	return err
}

// sorted are the addresses by what they are for, those of this machine first.
func (r *networkReport) sorted() []networkAddress {
	uses := []string{"completion", "models", "sync", "dns"}
	list := slices.Clone(r.Addresses)
	slices.SortStableFunc(list, func(a, b networkAddress) int {
		return cmp.Compare(slices.Index(uses, a.For), slices.Index(uses, b.For))
	})
	return list
}

// place is "host:port", with brackets where an IP address needs them.
func (a networkAddress) place() string {
	host, port := a.Host, strconv.Itoa(a.Port)
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		host = "[" + host + "]"
	}
	if a.Port == 0 {
		port = "(any)"
	}
	return host + ":" + port
}
