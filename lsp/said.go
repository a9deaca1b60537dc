package lsp

import (
	"reflect"

	"github.com/airside-ls/airside/lsp/ext"
)

// said is a message of package ext with what a person reads in it said anew: its fields
// with the tag say. All else is for programs, and the message itself stays as it was.
func said[T any](message T, say func(string) string) T {
	v := reflect.ValueOf(&message).Elem()
	v.Set(saidValue(v, say))
	return message
}

// ours is the package of messages that have tags.
var ours = reflect.TypeFor[ext.StatusParams]().PkgPath()

func saidValue(v reflect.Value, say func(string) string) reflect.Value {
	again := reflect.New(v.Type()).Elem()
	again.Set(v)
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			again.Set(saidValue(v.Elem(), say))
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Type().PkgPath() == ours {
			again.Set(reflect.New(v.Type().Elem()))
			again.Elem().Set(saidValue(v.Elem(), say))
		}
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().PkgPath() != ours {
			break
		}
		again.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			again.Index(i).Set(saidValue(v.Index(i), say))
		}
	case reflect.Struct:
		if v.Type().PkgPath() != ours {
			break
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("say") != "" {
				again.Field(i).SetString(say(v.Field(i).String()))
			} else {
				again.Field(i).Set(saidValue(v.Field(i), say))
			}
		}
	}
	return again
}
