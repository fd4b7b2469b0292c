package no_latest

banned(image) if {
	some tag in input.parameters.tags
	endswith(image, concat("", [":", tag]))
}
