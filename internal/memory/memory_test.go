package memory

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/otomi/kubectl-otomi/internal/inventory"
	"github.com/otomi/kubectl-otomi/internal/volatile"
)

func all(string) bool { return true }

// ask is one rendering: the answers of some calls, and what is remembered after it as the inventory stores it.
func ask(t *testing.T, was inventory.Memory, at time.Time, calls ...func(*Memory) (any, error)) ([]any, *Memory, inventory.Memory) {
	t.Helper()
	m := New(was, at)
	var answers []any
	for _, call := range calls {
		v, err := call(m)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, v)
	}
	stored, err := json.Marshal(m.After(all, false))
	if err != nil {
		t.Fatal(err)
	}
	var after inventory.Memory
	if err := json.Unmarshal(stored, &after); err != nil {
		t.Fatal(err)
	}
	return answers, m, after
}

func call(release, function string, order int, args ...any) func(*Memory) (any, error) {
	return func(m *Memory) (any, error) { return m.Answer(release, function, args, order) }
}

// TestRemembers: every function returns in a later run what it returned in the first, of the same type.
func TestRemembers(t *testing.T) {
	calls := []func(*Memory) (any, error){
		call("a", "randAlphaNum", 0, 12), call("a", "randAlphaNum", 1, 12), call("a", "randAlphaNum", 0, 13), call("b", "randAlphaNum", 0, 12),
		call("a", "randAscii", 0, 9), call("a", "randBytes", 0, 9), call("a", "randInt", 0, 1, 1<<40), call("a", "shuffle", 0, strings.Repeat("abc", 9)),
		call("a", "uuidv4", 0), call("a", "now", 0), call("a", "bcrypt", 0, "p"), call("a", "htpasswd", 0, "u", "p"),
		call("a", "encryptAES", 0, "k", "p"), call("a", "genPrivateKey", 0, "ecdsa"), call("a", "genSelfSignedCert", 0, "x", nil, nil, 365),
		func(m *Memory) (any, error) {
			ca, err := m.Answer("a", "genCA", []any{"root", 365}, 0)
			if err != nil {
				return nil, err
			}
			return m.Answer("a", "genSignedCert", []any{"x", nil, []any{"x.example.com"}, 365, ca}, 0)
		},
	}
	now := time.Now()
	first, m, memory := ask(t, inventory.Memory{}, now, calls...)
	if len(m.Fresh()) != len(calls)+1 {
		t.Errorf("the first run made %d values, want %d", len(m.Fresh()), len(calls)+1)
	}
	again, m, after := ask(t, memory, now.Add(time.Hour), calls...)
	for i := range first {
		if first[i] != again[i] {
			t.Errorf("the second run returned %T %v, want %T %v", again[i], again[i], first[i], first[i])
		}
	}
	if len(m.Fresh()) > 0 || !after.Equal(memory) {
		t.Errorf("the second run made %v", m.Fresh())
	}
	seen := map[any]bool{}
	for _, v := range first {
		if seen[v] {
			t.Errorf("two calls returned %v", v)
		}
		seen[v] = true
	}
}

// TestAskedTwice: a template that is executed once more gets the same answers.
func TestAskedTwice(t *testing.T) {
	answers, _, _ := ask(t, inventory.Memory{}, time.Now(), call("a", "uuidv4", 0), call("a", "uuidv4", 0))
	if answers[0] != answers[1] {
		t.Errorf("one call was answered with %v and %v", answers[0], answers[1])
	}
}

func TestForgets(t *testing.T) {
	now := time.Now()
	one, two, other := call("a", "randAlpha", 0, 9), call("a", "randAlpha", 0, 8), call("b", "randAlpha", 0, 9)
	_, _, memory := ask(t, inventory.Memory{}, now, one, other)
	_, m, _ := ask(t, memory, now, two, other)
	fresh := m.Fresh()
	if len(fresh) != 1 || fresh[0].Release != "a" || fresh[0].Instead == "" {
		t.Errorf("a changed argument made %+v, want a value in the place of another", fresh)
	}
	notA := func(release string) bool { return release != "a" }
	for _, c := range []struct {
		name     string
		selected func(string) bool
		keep     bool
		want     int
	}{{"all", all, false, 2}, {"keep", all, true, 3}, {"a is not selected", notA, false, 2}} {
		after := m.After(c.selected, c.keep)
		if len(after.Values) != c.want || (c.name != "all") != after.With(memory).Equal(after) {
			t.Errorf("After(%s) remembers %d values: %s; want %d", c.name, len(after.Values), after.Values, c.want)
		}
	}
	if got := New(memory, now).After(all, false); !got.Equal(inventory.Memory{}) {
		t.Errorf("After a rendering that asks for nothing = %v, want nothing", got)
	}
}

func TestRenewsCertificates(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		days  int
		later time.Duration
		renew bool
	}{
		{365, 330 * 24 * time.Hour, false},
		{365, 336 * 24 * time.Hour, true},
		{365, 400 * 24 * time.Hour, true},
		{3, 47 * time.Hour, false},
		{3, 49 * time.Hour, true},
		{0, time.Hour, false}, // as it was when it was made
	} {
		ca := call("a", "genCA", 0, "root", c.days)
		first, _, memory := ask(t, inventory.Memory{}, now, ca)
		again, m, _ := ask(t, memory, now.Add(c.later), ca)
		if (first[0] != again[0]) != c.renew {
			t.Errorf("%v after it was made for %d days, a certificate is renewed: %v, want %v", c.later, c.days, !c.renew, c.renew)
		}
		if fresh := m.Fresh(); c.renew && (len(fresh) != 1 || !strings.HasPrefix(fresh[0].Instead, "the certificate ends on 20")) {
			t.Errorf("Fresh = %+v, want the reason", fresh)
		}
	}
}

// TestArguments: what is stored of a call's arguments does not give a password away.
func TestArguments(t *testing.T) {
	_, _, memory := ask(t, inventory.Memory{}, time.Now(), call("a", "htpasswd", 0, "user", "hunter2"))
	_, _, other := ask(t, inventory.Memory{}, time.Now(), call("a", "htpasswd", 0, "user", "hunter2"))
	stored, err := json.Marshal(memory)
	if err != nil || strings.Contains(string(stored), "hunter2") {
		t.Errorf("stored %s, %v", stored, err)
	}
	if memory.Values[0].Args == other.Values[0].Args {
		t.Error("the digest of a password is the same in every inventory")
	}
}

func TestSecrets(t *testing.T) {
	now := time.Now()
	_, _, memory := ask(t, inventory.Memory{}, now, call("a", "randAlpha", 0, 9))
	answers, m, _ := ask(t, memory, now, call("a", "genCA", 0, "x", 3), call("a", "now", 0), call("a", "randInt", 0, 1, 100))
	ca := answers[0].(volatile.Certificate)
	want := []string{memory.Values[0].Value, ca.Cert, ca.Key}
	slices.Sort(want)
	if got := m.Secrets(); !slices.Equal(got, want) {
		t.Errorf("Secrets = %q, want %q", got, want)
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		function string
		args     []any
		want     string
	}{
		{"shuffle", []any{strings.Repeat("x", longest+1)}, "cannot be remembered"},
		{"randAlpha", []any{"x"}, "argument 1"},
		{"randAlpha", []any{make(chan int)}, "digest arguments"},
	} {
		if _, err := New(inventory.Memory{}, time.Now()).Answer("a", c.function, c.args, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Answer(%s) = %v, want an error with %q", c.function, err, c.want)
		}
	}
}

func TestReleasesAtTheSameTime(t *testing.T) {
	m := New(inventory.Memory{}, time.Now())
	var g sync.WaitGroup
	for i := range 20 {
		g.Go(func() {
			for order := range 20 {
				if _, err := m.Answer(fmt.Sprint("r", i), "uuidv4", nil, order); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	if got := len(m.After(all, false).Values); got != 400 {
		t.Errorf("%d values are remembered, want 400", got)
	}
}
