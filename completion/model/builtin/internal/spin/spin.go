// Package spin is for loops that wait for a memory word.
package spin
