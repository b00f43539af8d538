package schema

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TLSVersions are the versions that a platform offers an endpoint: all from
// Oldest to Newest, as crypto/tls numbers them. The zero one says nothing.
type TLSVersions struct{ Oldest, Newest uint16 }

// tlsVersions are the names that a profile has for them, in their order.
var tlsVersions = []struct {
	name   string
	number uint16
}{
	{"1.0", tls.VersionTLS10},
	{"1.1", tls.VersionTLS11},
	{"1.2", tls.VersionTLS12},
	{"1.3", tls.VersionTLS13},
}

// String writes "1.2", or "1.0 to 1.2".
func (v TLSVersions) String() string {
	if v.Oldest == v.Newest {
		return tlsName(v.Oldest)
	}
	return tlsName(v.Oldest) + " to " + tlsName(v.Newest)
}

func tlsName(number uint16) string {
	for _, one := range tlsVersions {
		if one.number == number {
			return one.name
		}
	}
	return "of the client's choice"
}

func readTLSVersions(raw json.RawMessage) (TLSVersions, error) {
	list, err := exact[[]string](raw)
	switch {
	case err != nil:
		return TLSVersions{}, err
	case len(list) == 0:
		return TLSVersions{}, errors.New(`an empty list; ["1.2"] would do`)
	}
	var known []string
	for _, one := range tlsVersions {
		known = append(known, one.name)
	}
	from := slices.Index(known, list[0])
	if from < 0 || from+len(list) > len(known) || !slices.Equal(list, known[from:from+len(list)]) {
		return TLSVersions{}, fmt.Errorf("%v: some of %s would do, in this order and without a gap", list, strings.Join(known, ", "))
	}
	return TLSVersions{Oldest: tlsVersions[from].number, Newest: tlsVersions[from+len(list)-1].number}, nil
}

// TLSVersions returns the versions of TLS that the platform offers an endpoint;
// the zero one where no document says (fact "tls_versions").
func (p *Profile) TLSVersions() TLSVersions { return p.rules.tlsVersions }

// TLSChainInOrder reports whether the platform refuses an endpoint whose
// certificates do not stand in the order in which one signed the other; false
// where no document says (fact "tls_chain_in_order").
func (p *Profile) TLSChainInOrder() bool { return p.rules.tlsInOrder }
