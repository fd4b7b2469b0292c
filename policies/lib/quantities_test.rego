package lib.quantities_test

import data.lib.quantities

# Rows of quantities that are the same amount.
same := [
	["1", 1, "1.0", "1.", "01", "+1", "1000m", "1e0", "1E0", "0.001k", "1000000u", "1000000000n", 1.0],
	["0.1", 0.1, "100m", ".1", "1e-1", "1E-1"],
	["0", 0, "0m", "00", "0Gi", "0.0"],
	["1k", "1e3", "1E3", "1e+3", 1000, "1e03"],
	["1.5Gi", "1536Mi", "1572864Ki", 1610612736],
	["1Ki", 1024], ["1M", "1e6"], ["1Mi", 1048576], ["1G", "1e9"], ["1T", "1e12"], ["1Ti", "1024Gi"],
	["1P", "1e15"], ["1Pi", "1024Ti"], ["1E", "1e18"], ["1Ei", "1024Pi", 1152921504606846976],
]

test_equal if {
	every row in same {
		count({quantities.parse(q) | some q in row}) == 1
		count([q | some q in row; quantities.parse(q)]) == count(row)
	}
}

test_order if {
	ascending := ["0", "1n", "1u", "1m", "0.5", "1", "1k", "1Ki", "1M", "1Mi", "1G", "1Gi", "1T", "1Ti", "1P", "1Pi", "1E", "1Ei"]
	every i in numbers.range(1, count(ascending) - 1) {
		quantities.parse(ascending[i - 1]) < quantities.parse(ascending[i])
	}
}

test_no_quantity if {
	every q in ["", ".", "m", "-1", "1K", "1ki", "1mi", "1 Gi", "1GiB", "1e", "e3", "1e3Gi", "0x10", "1,5", "1_000", "1e999", true, null, [1]] {
		not quantities.parse(q)
	}
}

test_positive if {
	every q in ["1", "10", "250m", "1k", "5M", "64Mi", "1Gi", "2Ki", "999999999999999"] {
		quantities.positive(q)
	}
	every q in ["0", "0m", "-1", "1.5", "1e3", "1E", "", "m", "1mi", "1K", "01", 1, null, ["1"]] {
		not quantities.positive(q)
	}
}
