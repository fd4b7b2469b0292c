package apparmor_test

import data.apparmor
import data.lib.review_test as make

defaults := {"allowed": ["RuntimeDefault", "Localhost/*"]}

of_container(profile, parameters) := found if {
	found := apparmor.violation with input as make.context({"appArmorProfile": profile}, parameters)
}

of_pod(profile) := found if {
	found := apparmor.violation with input as make.pod({"securityContext": {"appArmorProfile": profile}}, defaults)
}

annotations(value) := found if {
	review := make.review({"kind": "Pod", "metadata": {"annotations": value}, "spec": {}}, defaults)
	found := apparmor.violation with input as review
}

annotated(value) := found if {
	review := make.review(
		{"kind": "Deployment", "spec": {"template": {
			"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/web": value, "other": "unconfined"}},
			"spec": {"containers": []},
		}}},
		defaults,
	)
	found := apparmor.violation with input as review
}

test_accepted if {
	every profile in [null, {"type": "RuntimeDefault"}, {"type": "Localhost", "localhostProfile": "x"}] {
		count(of_container(profile, defaults)) == 0
		count(of_pod(profile)) == 0
	}
	every value in ["", "runtime/default", "localhost/x"] {
		count(annotated(value)) == 0
	}
}

test_fields if {
	of_container({"type": "Unconfined"}, defaults) == {{
		"msg": `container "a": the AppArmor profile is "Unconfined", which is not allowed`,
		"details": {"container": "a", "path": "spec.template.spec.containers[0].securityContext.appArmorProfile.type"},
	}}
	make.paths(of_pod({"type": "Unconfined"})) == {"spec.securityContext.appArmorProfile.type"}
	every profile in [{}, {"type": null}, {"type": "runtimeDefault"}] {
		count(of_container(profile, defaults)) == 1
	}
}

test_annotations if {
	annotated("unconfined") == {{
		"msg": `container "web": the AppArmor profile is "unconfined", which is not allowed`,
		"details": {
			"container": "web",
			"path": `spec.template.metadata.annotations["container.apparmor.security.beta.kubernetes.io/web"]`,
		},
	}}
	every value in ["RuntimeDefault", "localhost", "Unconfined", 5] {
		count(annotated(value)) == 1
	}
}

test_annotations_by_parameter if {
	review := make.review(
		{"kind": "Pod", "metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/a": "unconfined"}}, "spec": {}},
		{"allowed": ["Unconfined"]},
	)
	found := apparmor.violation with input as review
	count(found) == 0
}

test_parameters if {
	one := {"allowed": ["Localhost/acme-*", "Localhost/base"]}
	count(of_container({"type": "Localhost", "localhostProfile": "acme-web"}, one)) == 0
	count(of_container({"type": "Localhost", "localhostProfile": "base"}, one)) == 0
	count(of_container({"type": "Localhost", "localhostProfile": "base2"}, one)) == 1
	count(of_container({"type": "RuntimeDefault"}, one)) == 1
	count(of_container({"type": "Unconfined"}, {"allowed": ["Unconfined"]})) == 0
	count(of_container({"type": "RuntimeDefault"}, {})) == 1
}

test_every_list_of_containers if {
	refused := apparmor.violation with input as make.everywhere({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}, defaults)
	make.paths(refused) == make.paths_everywhere("securityContext.appArmorProfile.type")
}

test_wrong_types if {
	count(annotations(null)) == 0
	make.messages(annotations([])) == {"pod: annotations is a list, want a map"}
	make.messages(of_container("x", defaults)) == {`container "a": appArmorProfile is a string, want a map`}
	make.paths(of_container({"type": 5}, defaults)) == {"spec.template.spec.containers[0].securityContext.appArmorProfile.type"}
	make.paths(of_container({"type": "Unconfined", "localhostProfile": 5}, defaults)) == {"spec.template.spec.containers[0].securityContext.appArmorProfile.type"}
	make.messages(of_container({"type": "Localhost", "localhostProfile": 5}, defaults)) == {`container "a": localhostProfile is a number, want a string`}
}

test_malformed if {
	found := apparmor.violation with input as make.pod({"securityContext": "x", "containers": 5}, {})
	every problem in ["pod: securityContext is a string, want a map", "spec.containers is a number, want a list"] {
		problem in make.messages(found)
	}
}
