//go:build !linux

package main

import "context"

func proveOffline(context.Context, []string) error { return errUnproved }
