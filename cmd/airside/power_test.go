package main

import (
	"testing"
	"testing/fstest"
)

func TestSavesPower(t *testing.T) {
	const supply = "class/power_supply/"
	for name, tt := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"a desktop":            {nil, false},
		"mains":                {map[string]string{"BAT0/status": "Charging", "BAT0/capacity": "12", "AC/online": "1"}, false},
		"battery, full":        {map[string]string{"BAT0/status": "Discharging", "BAT0/capacity": "80", "AC/online": "0"}, false},
		"battery, low":         {map[string]string{"BAT0/status": "Discharging", "BAT0/capacity": "29", "AC/online": "0"}, true},
		"a mouse's battery":    {map[string]string{"M/status": "Discharging", "M/scope": "Device", "M/capacity": "5"}, false},
		"the user has it save": {map[string]string{"../../firmware/acpi/platform_profile": "low-power"}, true},
		"rubbish":              {map[string]string{"BAT0/status": "Discharging", "BAT0/capacity": "much"}, false},
	} {
		sys := fstest.MapFS{}
		for file, text := range tt.files {
			if file == "../../firmware/acpi/platform_profile" {
				sys["firmware/acpi/platform_profile"] = &fstest.MapFile{Data: []byte(text + "\n")}
				continue
			}
			sys[supply+file] = &fstest.MapFile{Data: []byte(text + "\n")}
		}
		if got := savesPowerBy(sys); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
