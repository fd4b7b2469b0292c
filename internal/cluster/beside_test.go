package cluster

import "testing"

func TestNeverFits(t *testing.T) {
	for message, want := range map[string]bool{
		"exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1":                                           false,
		"exceeded quota: q, requested: secrets=1, used: secrets=0, limited: secrets=0":                                           true,
		"exceeded quota: q, requested: requests.cpu=500m,pods=1, used: pods=0,requests.cpu=0, limited: pods=4,requests.cpu=250m": true,
		"exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=1, limited: requests.cpu=1":                         false,
	} {
		if got := neverFits(message); got != want {
			t.Errorf("neverFits(%s) = %v, want %v", message, got, want)
		}
	}
}
