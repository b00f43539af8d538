# Reads what go test -bench writes and prints its ratios as a table: every
# benchmark that measures hookdrill against a naive baseline reports one, as a
# metric called "ratio" or "times-...". What failed is printed as it is.
BEGIN { printf "%-60s %10s  %s\n", "benchmark", "value", "metric" }
/^pkg: / { package = $2; sub(/^.*hookdrill\/hookdrill\//, "", package) }
/^Benchmark/ {
	name = $1
	sub(/-[0-9]+$/, "", name)
	for (i = 3; i < NF; i += 2)
		if ($(i + 1) == "ratio" || $(i + 1) ~ /^times-/) {
			printf "%-60s %10s  %s\n", package " " substr(name, 10), $i, $(i + 1)
			found++
		}
}
/^(--- FAIL|FAIL|panic:)/ { print; failed = 1 }
END {
	if (!found) print "no benchmark reported a ratio"
	exit failed || !found
}
