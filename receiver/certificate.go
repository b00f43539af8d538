package receiver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// authority is a certificate authority that lives as long as the process.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

const madeFor = 7 * 24 * time.Hour // how long made certificates are valid

// TLSKind is what is right or wrong with a certificate that is made at Start, or
// with the handshake in which it is shown.
type TLSKind string

// The kinds. Whoever trusts the made authority (CA, CAPEM) meets the one fault
// that is named and no other; of TLSSelfSigned and TLSUnknownAuthority there is
// no authority to trust.
const (
	TLSValid            TLSKind = "valid"
	TLSExpired          TLSKind = "expired"           // an hour ago
	TLSNotYetValid      TLSKind = "not_yet_valid"     // for as long as the valid ones are valid
	TLSWrongHost        TLSKind = "wrong_host"        // for another.invalid
	TLSSelfSigned       TLSKind = "self_signed"       // its own authority
	TLSUnknownAuthority TLSKind = "unknown_authority" // by an authority that nobody is shown

	TLSMissingIntermediate TLSKind = "missing_intermediate" // by an intermediate authority that is not sent with it
	TLSChainOutOfOrder     TLSKind = "chain_out_of_order"   // with its intermediate authority last, behind the root

	TLSOldOnly TLSKind = "only_tls_1_0_and_1_1"
	TLSNewOnly TLSKind = "only_tls_1_3"

	TLSClientAsked     TLSKind = "client_cert_asked"      // a client certificate is asked for, and any answer will do
	TLSClientRequired  TLSKind = "client_cert_required"   // one that the made authority signed must be shown
	TLSClientWrongName TLSKind = "client_cert_wrong_name" // and its common name must be another.invalid

	TLSPlain TLSKind = "plain" // the URL says https, and the port speaks plain HTTP
)

// anotherName is who nobody is.
const anotherName = "another.invalid"

// TLSKinds returns the kinds in the order of their declaration.
func TLSKinds() []TLSKind {
	return []TLSKind{
		TLSValid, TLSExpired, TLSNotYetValid, TLSWrongHost, TLSSelfSigned, TLSUnknownAuthority, TLSMissingIntermediate, TLSChainOutOfOrder,
		TLSOldOnly, TLSNewOnly, TLSClientAsked, TLSClientRequired, TLSClientWrongName, TLSPlain,
	}
}

// trusted reports whether there is an authority that vouches for the kind.
func (k TLSKind) trusted() bool { return k != TLSSelfSigned && k != TLSUnknownAuthority }

func makeAuthority() (*authority, error) {
	return (*authority)(nil).authorize("hookdrill test authority")
}

// authorize makes an authority that a signed, of nil one that signed itself.
func (a *authority) authorize(name string) (*authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template, err := newTemplate(name)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	parent, signer := template, key
	if a != nil {
		parent, signer = a.certificate, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{certificate, key, toPEM("CERTIFICATE", der)}, nil
}

// issue makes a server certificate of that kind for hosts, names or addresses.
func (a *authority) issue(kind TLSKind, hosts []string) (tls.Certificate, error) {
	switch {
	case kind == TLSWrongHost:
		hosts = []string{anotherName}
	case len(hosts) == 0:
		hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
	template, err := newTemplate(hosts[0])
	if err != nil {
		return tls.Certificate{}, err
	}
	switch kind {
	case TLSExpired:
		template.NotBefore = template.NotBefore.Add(-madeFor)
		template.NotAfter = time.Now().Add(-time.Hour)
	case TLSNotYetValid:
		template.NotBefore = template.NotAfter
		template.NotAfter = template.NotAfter.Add(madeFor)
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
			continue
		}
		template.DNSNames = append(template.DNSNames, host)
	}
	if kind == TLSMissingIntermediate || kind == TLSChainOutOfOrder {
		return a.chain(template, kind)
	}
	return a.sign(template, kind == TLSSelfSigned)
}

// chain makes the certificate of template by way of an intermediate authority.
func (a *authority) chain(template *x509.Certificate, kind TLSKind) (tls.Certificate, error) {
	between, err := a.authorize("hookdrill test intermediate")
	if err != nil {
		return tls.Certificate{}, err
	}
	made, err := between.sign(template, false)
	if err != nil {
		return made, err
	}
	if made.Certificate = made.Certificate[:1]; kind == TLSChainOutOfOrder {
		made.Certificate = append(made.Certificate, a.certificate.Raw, between.certificate.Raw)
	}
	return made, nil
}

// issueClient makes a client certificate with that common name.
func (a *authority) issueClient(cn string) (tls.Certificate, error) {
	template, err := newTemplate(cn)
	if err != nil {
		return tls.Certificate{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.sign(template, false)
}

// sign makes the certificate of template with a key of its own.
func (a *authority) sign(template *x509.Certificate, self bool) (tls.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	parent, signer := a.certificate, a.key
	if self {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return tls.Certificate{}, err
	}
	made := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	if !self {
		made.Certificate = append(made.Certificate, a.certificate.Raw)
	}
	return made, nil
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func toPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func newTemplate(name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"hookdrill"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(madeFor), // an hour of slack for clocks
	}, nil
}
