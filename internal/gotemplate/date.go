package gotemplate

import (
	"fmt"
	"time"
	_ "time/tzdata" // zones are the same on every machine, and there where it has none

	"github.com/Masterminds/sprig/v3"
)

// asTime accepts what Sprig's functions of dates accept.
func asTime(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case *time.Time:
		if v != nil {
			return *v, true
		}
	case int64:
		return time.Unix(v, 0), true
	case int:
		return time.Unix(int64(v), 0), true
	case int32:
		return time.Unix(int64(v), 0), true
	}
	return time.Time{}, false
}

// formatDate does what a chart asks of a date.
func formatDate(function string, t time.Time, args []any) (any, error) {
	layout, zone := "2006-01-02", "UTC"
	switch function {
	case "date", "dateInZone", "date_in_zone":
		layout = text(args[0])
	}
	switch function {
	case "dateInZone", "date_in_zone", "htmlDateInZone":
		zone = text(args[len(args)-1])
	}
	location, err := zoneOf(zone)
	if err != nil {
		location = time.UTC // as Sprig does
	}
	return t.In(location).Format(layout), nil
}

// zoneOf never asks the machine for its zone.
func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return time.UTC, nil
	}
	return time.LoadLocation(name)
}

// date formats a date in UTC.
func date(layout string, v any) (string, error) { return dateInZone(layout, v, "UTC") }

func dateInZone(layout string, v any, zone string) (string, error) {
	t, ok := asTime(v)
	if !ok {
		return "", failure{message: fmt.Sprintf("want a date such as toDate returns, have a %T", v)}
	}
	location, err := zoneOf(zone)
	if err != nil {
		return "", err
	}
	return t.In(location).Format(layout), nil
}

// toDate reads a date that names no zone as UTC; what is no date is the zero time, as in Sprig.
func toDate(layout, s string) time.Time {
	t, _ := mustToDate(layout, s)
	return t
}

func mustToDate(layout, s string) (time.Time, error) {
	return time.ParseInLocation(layout, s, time.UTC)
}

// durationRound is Sprig's for what is no time.
func durationRound(v any) string {
	f, _ := sprig.TxtFuncMap()["durationRound"].(func(any) string)
	return f(v)
}
