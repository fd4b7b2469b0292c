package no_latest_test

import data.no_latest

pod(image) := {
	"review": {"object": {"kind": "Pod", "spec": {"containers": [{"name": "web", "image": image}]}}},
	"parameters": {"tags": ["latest"]},
}

test_moves if count(no_latest.violation) == 1 with input as pod("web:latest")

test_stays if count(no_latest.violation) == 0 with input as pod("web:1.2")

test_wrong if {
	print("the image is web:1.2")
	count(no_latest.violation) == 1 with input as pod("web:1.2")
}

todo_test_later if false

test_cases[note] if {
	some note, image in {"moves": "web:latest", "stays": "web:1"}
	count(no_latest.violation) == 1 with input as pod(image)
}
