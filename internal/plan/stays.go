package plan

// Stays are the objects of a set that is to be destroyed which a rule keeps: protected or paused ones, and the namespaces and
// definitions that they need. As long as there are some, the inventory has to know of them.
func (p *Plan) Stays() []Action { return p.left(Keep) }

// Strays are the live objects that a destroy leaves alone because they are not provably the set's any more: they stay and are
// forgotten.
func (p *Plan) Strays() []Action { return p.left(Forget) }

func (p *Plan) left(op Op) []Action {
	var left []Action
	for _, a := range p.Actions {
		if p.Destroy && a.Op == op && a.Live != nil {
			left = append(left, a)
		}
	}
	return left
}
