package main

import (
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// lowBattery is the charge, in percent, below which a machine on its battery does
// nothing that nobody waits for.
const lowBattery = 30

// savesPower tells whether this machine saves its battery now. What is not known is
// not saving.
func savesPower() bool { return runtime.GOOS == "linux" && savesPowerBy(os.DirFS("/sys")) }

// savesPowerBy reads the files of Linux's sysfs: the chosen platform profile, and
// the batteries' charge while no mains is plugged in.
func savesPowerBy(sys fs.FS) bool {
	if read(sys, "firmware/acpi/platform_profile") == "low-power" {
		return true
	}
	supplies, _ := fs.ReadDir(sys, "class/power_supply")
	low := false
	for _, s := range supplies {
		dir := path.Join("class/power_supply", s.Name())
		switch {
		case read(sys, dir+"/online") == "1":
			return false
		case read(sys, dir+"/status") != "Discharging" || read(sys, dir+"/scope") == "Device": // a mouse has one, too
		default:
			charge, err := strconv.Atoi(read(sys, dir+"/capacity"))
			low = low || err == nil && charge < lowBattery
		}
	}
	return low
}

func read(sys fs.FS, name string) string {
	text, _ := fs.ReadFile(sys, name)
	return strings.TrimSpace(string(text))
}
