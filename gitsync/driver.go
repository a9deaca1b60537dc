package gitsync

import (
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/gitsync/merge"
	"github.com/airside-ls/airside/gitsync/repo"
)

// driverOf runs the drivers that rules name: the user's by a shell, airside's own, which
// README says how to configure, in this process. One that the repository names is
// nobody's word, and is left to git.
func driverOf(r *repo.Repo, rules *repo.MergeRules) merge.Driver {
	return func(ctx context.Context, name string, base, ours, theirs []byte, deeper bool, markerSize int) (merge.DriverResult, error) {
		d := rules.Driver(name, deeper)
		if d.Foreign {
			return merge.DriverResult{Failed: true, Trouble: "both sides changed it, and the repository's own configuration names its merge driver " + d.Name + ", which only git runs"}, nil
		}
		if o, ok := ownDriver(d.Command, name, markerSize); ok {
			return driveOwn(ctx, base, ours, theirs, o)
		}
		driven, err := r.Drive(ctx, d, name, base, ours, theirs, markerSize)
		return merge.DriverResult{Text: driven.Text, Trouble: driven.Trouble, Failed: driven.Failed}, err
	}
}

// driveOwn is `airside merge-file` without a process.
func driveOwn(ctx context.Context, base, ours, theirs []byte, o merge.FileOptions) (merge.DriverResult, error) {
	for _, data := range [][]byte{base, ours, theirs} {
		if merge.IsBinary(data) {
			return merge.DriverResult{Failed: true, Kind: merge.KindBinary, Trouble: "both sides changed it, and it is not text"}, nil
		}
	}
	result, _ := merge.File(ctx, base, ours, theirs, o)
	if err := ctx.Err(); err != nil {
		return merge.DriverResult{}, err
	}
	d := merge.DriverResult{Text: result.Text}
	if result.Conflicts > 0 {
		d.Kind = merge.KindContent
		d.Trouble = "both sides changed the same lines"
		if result.Conflicts > 1 {
			d.Trouble += " in " + strconv.Itoa(result.Conflicts) + " places"
		}
	}
	return d, nil
}

// ownDriver reads a driver's line that is `airside merge-file` with its flags and with
// git's three files behind them. Whatever else there is in the line makes it a program
// like others.
func ownDriver(line, name string, markerSize int) (o merge.FileOptions, ok bool) {
	words := strings.Fields(line)
	if len(words) < 2 || strings.TrimSuffix(path.Base(strings.ReplaceAll(words[0], `\`, "/")), ".exe") != "airside" || words[1] != "merge-file" {
		return o, false
	}
	o = merge.FileOptions{Path: name, TextOptions: merge.TextOptions{Algorithm: merge.Myers, Level: merge.ZealousAlnum, MarkerSize: 7}}
	var files, labels []string
	words = words[2:]
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		flag, value, has := strings.Cut(word, "=")
		take := func() string {
			if !has && len(words) > 0 {
				value, words = words[0], words[1:]
			}
			return value
		}
		switch flag {
		case "--second-look":
			o.SecondLook = true
		case "-q", "--quiet":
		case "--diff3":
			o.Style = merge.StyleDiff3
		case "--zdiff3":
			o.Style = merge.StyleZDiff3
		case "--ours":
			o.Favor = merge.FavorOurs
		case "--theirs":
			o.Favor = merge.FavorTheirs
		case "--union":
			o.Favor = merge.FavorUnion
		case "--path":
			if take() != "%P" {
				return o, false
			}
		case "--marker-size":
			if take() == "%L" {
				o.MarkerSize = markerSize
			} else if n, err := strconv.Atoi(value); err == nil && n > 0 {
				o.MarkerSize = n
			} else {
				return o, false
			}
		case "-L", "--label":
			labels = append(labels, take())
		default:
			files = append(files, word)
		}
	}
	if strings.Join(files, " ") != "%A %O %B" || len(labels) > 3 || strings.ContainsAny(strings.Join(labels, ""), "%'\"$`\\") {
		return o, false
	}
	for i, to := range []*string{&o.Ours, &o.Base, &o.Theirs} {
		if i < len(labels) {
			*to = labels[i]
		}
	}
	return o, true
}
