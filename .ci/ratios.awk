# Reads what go test -bench writes and prints it as a small table: of each
# benchmark what it measures against the naive baseline beside it (ratio, times-...,
# x-...) and in its own units; of one without such measures, the time. What failed
# is printed as it is, and is the exit code.
BEGIN { printf "%-52s %12s  %s\n", "benchmark", "value", "measure" }
function row(value, unit) { printf "%-52s %12s  %s\n", package " " name, value, unit; rows++ }
/^pkg: / { package = $2; sub(/^.*hookdrill\/hookdrill\//, "", package) }
/^Benchmark/ && NF > 3 {
	name = substr($1, 10)
	sub(/-[0-9]+$/, "", name)
	own = 0
	for (i = 3; i < NF; i += 2)
		if ($(i + 1) !~ /^(ns\/op|B\/op|allocs\/op|MB\/s)$/) { row($i, $(i + 1)); own++ }
	if (!own) row($3, $4)
}
/^(--- FAIL|FAIL|panic:)/ { print; failed = 1 }
END { exit failed || !rows }
