package default_service_account_test

import data.default_service_account
import data.lib.review_test as make

judged(spec) := found if {
	found := default_service_account.violation with input as make.deployment(spec, {})
}

test_accepted if {
	every spec in [
		{"automountServiceAccountToken": false}, {"automountServiceAccountToken": false, "serviceAccountName": "default"},
		{"serviceAccountName": "web"}, {"serviceAccountName": "web", "automountServiceAccountToken": true}, {"serviceAccount": "web"},
		{"serviceAccountName": "web", "serviceAccount": "default"}, {"serviceAccountName": "", "serviceAccount": "web"},
	] {
		count(judged(spec)) == 0
	}
}

test_refused if {
	every spec in [
		{}, {"automountServiceAccountToken": true}, {"automountServiceAccountToken": null}, {"serviceAccountName": "default"},
		{"serviceAccount": "default"}, {"serviceAccountName": ""}, {"serviceAccountName": null, "serviceAccount": null},
	] {
		judged(spec) == {{
			"msg": "pod: carries the token of the service account default",
			"details": {"container": "", "path": "spec.template.spec.automountServiceAccountToken"},
		}}
	}
}

pod(spec) := {"kind": "Pod", "metadata": {"name": "p", "namespace": "team"}, "spec": spec}

beside(spec, account) := found if {
	found := default_service_account.violation with input as make.review(pod(spec), {})
		with data.inventory as {"namespace": {"team": {"v1": {"ServiceAccount": {"default": account}}}}}
}

test_the_account_keeps_its_token if {
	count(beside({}, {"automountServiceAccountToken": false})) == 0
	count(beside({"automountServiceAccountToken": true}, {"automountServiceAccountToken": false})) == 1
	count(beside({}, {"automountServiceAccountToken": true})) == 1
	count(beside({}, {})) == 1
}

test_wrong_types if {
	make.messages(judged({"automountServiceAccountToken": "false", "serviceAccountName": "web"})) == {
		"pod: automountServiceAccountToken is a string, want true or false",
	}
	make.messages(judged({"serviceAccountName": 5})) == {"pod: serviceAccountName is a number, want a string"}
}
