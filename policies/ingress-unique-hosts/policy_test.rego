package ingress_unique_hosts_test

import data.ingress_unique_hosts
import data.lib.review_test as make

ingress(namespace, name, spec) := {
	"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
	"metadata": {"namespace": namespace, "name": name}, "spec": spec,
}

rule(host, path) := {"host": host, "http": {"paths": [{"path": path, "pathType": "Prefix"}]}}

web := ingress("blue", "web", {"rules": [rule("a.io", "/"), rule("b.io", "/x")]})

# What is said of web beside another Ingress.
beside(other, parameters) := found if {
	ingresses := {"networking.k8s.io/v1": {"Ingress": {other.metadata.name: other}}}
	inventory := {"namespace": object.union({"blue": {"networking.k8s.io/v1": {"Ingress": {"web": web}}}}, {other.metadata.namespace: ingresses})}
	found := ingress_unique_hosts.violation with input as make.review(web, parameters)
		with data.inventory as inventory
}

test_accepted_alone if {
	found := ingress_unique_hosts.violation with input as make.review(web, {})
	count(found) == 0
	count(beside(web, {})) == 0
}

test_accepted_beside_others if {
	every spec in [
		{"rules": [rule("c.io", "/")]}, {"rules": [rule("a.io", "/other")]}, {"rules": [rule("b.io", "/")]},
		{"rules": [rule("a.io", "/")], "ingressClassName": "internal"}, {"rules": "none"}, {},
		{"rules": [{"host": "b.io", "http": {"paths": [{"path": "/x", "pathType": "Exact"}]}}]},
	] {
		count(beside(ingress("green", "web", spec), {})) == 0
	}
}

test_refused if {
	beside(ingress("green", "shop", {"rules": [rule("b.io", "/x/")]}), {}) == {{
		"msg": "host b.io with path /x is Ingress green/shop's too",
		"details": {"path": "spec.rules[1].http.paths[0].path"},
	}}
	make.messages(beside(ingress("blue", "shop", {"rules": [rule("a.io", "")]}), {})) == {"host a.io with path / is Ingress blue/shop's too"}
	make.messages(beside(ingress("green", "shop", {"rules": [{"host": "a.io"}]}), {})) == {"host a.io with path / is Ingress green/shop's too"}
}

test_every_host if {
	open := ingress("blue", "web", {"rules": [{"http": {"paths": [{"path": "/x", "pathType": "Exact"}]}}]})
	every other, want in {
		"x": {"every host with the exact path /x is Ingress green/shop's too"},
		"y": set(),
	} {
		spec := {"rules": [{"host": "", "http": {"paths": [{"path": concat("/", ["", other]), "pathType": "Exact"}]}}]}
		inventory := {"namespace": {"green": {"networking.k8s.io/v1": {"Ingress": {"shop": ingress("green", "shop", spec)}}}}}
		found := ingress_unique_hosts.violation with input as make.review(open, {})
			with data.inventory as inventory
		make.messages(found) == want
	}
}

test_class_in_an_annotation if {
	plain := ingress("green", "shop", {"rules": [rule("a.io", "/")]})
	other := object.union(plain, {"metadata": {"annotations": {"kubernetes.io/ingress.class": "internal"}}})
	count(beside(other, {})) == 0
}

test_canaries if {
	plain := ingress("green", "shop", {"rules": [rule("a.io", "/")]})
	canary := object.union(plain, {"metadata": {"annotations": {"canary": "true"}}})
	count(beside(canary, {"ignore": ["canary"]})) == 0
	count(beside(canary, {"ignore": ["other"]})) == 1
	inventory := {"namespace": {"blue": {"networking.k8s.io/v1": {"Ingress": {"web": web}}}}}
	found := ingress_unique_hosts.violation with input as make.review(canary, {"ignore": ["canary"]})
		with data.inventory as inventory
	count(found) == 0
}

test_share_in_a_namespace if {
	parameters := {"share": "namespace"}
	make.messages(beside(ingress("green", "shop", {"rules": [rule("a.io", "/other")]}), parameters)) == {
		"host a.io is Ingress green/shop's of another namespace too",
	}
	count(beside(ingress("blue", "shop", {"rules": [rule("a.io", "/other")]}), parameters)) == 0
}

test_wrong_types if {
	wrong := ingress("blue", "web", {"rules": [5, {"host": 5, "http": {"paths": "x"}}]})
	found := ingress_unique_hosts.violation with input as make.review(wrong, {})
	make.messages(found) == {
		"spec.rules[0] is a number, want a map",
		"spec.rules[1].host is a number, want a string",
		"spec.rules[1].http.paths is a string, want a list",
	}
}
