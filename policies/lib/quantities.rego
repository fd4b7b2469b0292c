# METADATA
# title: Quantities
# description: >-
#   Reads Kubernetes quantities (`500m`, `1.5Gi`, `1e3`, 2) as numbers of billionths, the smallest step Kubernetes knows,
#   so that they compare exactly: `0.1` equals `100m`.
package lib.quantities

# One unit is this many billionths.
billion := 1000000000

# What a suffix stands for, in billionths of a unit. `k` is lower and `K` does not exist.
suffixes := {
	"n": 1,
	"u": 1000,
	"m": 1000000,
	"": billion,
	"k": billion * 1000,
	"M": (billion * 1000) * 1000,
	"G": ((billion * 1000) * 1000) * 1000,
	"T": (((billion * 1000) * 1000) * 1000) * 1000,
	"P": ((((billion * 1000) * 1000) * 1000) * 1000) * 1000,
	"E": (((((billion * 1000) * 1000) * 1000) * 1000) * 1000) * 1000,
	"Ki": billion * 1024,
	"Mi": (billion * 1024) * 1024,
	"Gi": ((billion * 1024) * 1024) * 1024,
	"Ti": (((billion * 1024) * 1024) * 1024) * 1024,
	"Pi": ((((billion * 1024) * 1024) * 1024) * 1024) * 1024,
	"Ei": (((((billion * 1024) * 1024) * 1024) * 1024) * 1024) * 1024,
}

# positive is true of a quantity above zero that is written as nearly all are, which costs little to find out; false says
# nothing.
positive(quantity) if {
	is_string(quantity)
	regex.match(`^[1-9][0-9]{0,14}([mkMG]|[KMG]i)?$`, quantity)
}

# parse returns the quantity in billionths; undefined for what is none, a negative one included.
parse(quantity) := units.parse(quantity) * billion if {
	positive(quantity)
} else := (digits * unit) / power(count(fraction)) if {
	text := written(quantity)
	[_, whole, fraction, suffix] := regex.find_all_string_submatch_n(
		`^\+?([0-9]*)(?:\.([0-9]*))?([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,2})?$`,
		text, 1,
	)[0]
	combined := concat("", [whole, fraction])
	combined != ""
	digits := to_number(trimmed(combined))
	unit := multiplier(suffix)
}

# A number of the manifest is read by its own text, so that 0.1 and "0.1" are the same.
written(quantity) := quantity if is_string(quantity)

written(quantity) := json.marshal(quantity) if is_number(quantity)

# Leading zeros are no number in JSON, which to_number reads.
trimmed(digits) := regex.replace(digits, `^0+(.)`, "$1")

multiplier(suffix) := suffixes[suffix]

multiplier(suffix) := billion * power(to_number(trimmed(exponent))) if {
	regex.match(`^[eE]\+?[0-9]+$`, suffix)
	exponent := trim_left(suffix, "eE+")
}

# Divided, for 1e-3 itself is not exact.
multiplier(suffix) := billion / power(to_number(trimmed(exponent))) if {
	regex.match(`^[eE]-[0-9]+$`, suffix)
	exponent := trim_left(suffix, "eE-")
}

# Ten to the power of a whole number.
power(exponent) := to_number(sprintf("1e%d", [exponent]))
