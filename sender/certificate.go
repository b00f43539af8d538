package sender

import (
	"crypto/tls"
	"crypto/x509"
)

// sayCertificate says where the client certificate that an endpoint would be
// shown departs from the platform's.
func (s *Sender) sayCertificate(r *route) {
	if r.plan.certificate == nil {
		return
	}
	name, documented := commonName(r.plan.certificate), s.registry.profile.ClientCertificateName()
	switch {
	case documented == "":
		r.say("a client certificate for %q, and %s documents none", name, s.registry.profile.Ref())
	case name != documented:
		r.say("a client certificate for %q in place of the platform's %q %s", name, documented, s.registry.cite("client_certificate"))
	}
}

// commonName is the common name of a certificate; "" where it cannot be read.
func commonName(c *tls.Certificate) string {
	leaf := c.Leaf
	if leaf == nil && len(c.Certificate) > 0 {
		leaf, _ = x509.ParseCertificate(c.Certificate[0])
	}
	if leaf == nil {
		return ""
	}
	return leaf.Subject.CommonName
}
