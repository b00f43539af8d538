package sender

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// checkSigning refuses secrets with which no push could be signed. Its error
// never shows one.
func (r *Registry) checkSigning(a Action) error {
	if len(a.SigningSecrets) == 0 {
		return nil
	}
	signature, signs := r.profile.Signature()
	switch {
	case !signs:
		return breaks(ErrNotOffered, "signing secrets: %s documents no signature (fact signature) %s; an action without secrets would do", r.profile.Title(), r.cite("signature"))
	case slices.Contains(a.SigningSecrets, ""):
		return breaks(ErrBadHeader, "signing secrets: one of %d is empty", len(a.SigningSecrets))
	}
	for _, h := range a.Headers {
		if strings.EqualFold(h.Name, signature.Header) {
			return breaks(ErrBadHeader, "header %q: the signing secrets set it; keep one of the two", h.Name)
		}
	}
	return nil
}

// sign adds the header that shows with each secret, in their order, that body is
// the platform's. It comes after all that changes the body.
func sign(h http.Header, form schema.Signature, body []byte, secrets []string) {
	if len(secrets) == 0 {
		return
	}
	values := make([]string, len(secrets))
	for i, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		values[i] = form.Prefix + hex.EncodeToString(mac.Sum(nil))
	}
	h.Set(form.Header, strings.Join(values, form.Separator))
}

// saySigned says where signing departs from what is documented.
func (s *Sender) saySigned(r *route, action Action) {
	form, _ := s.registry.profile.Signature()
	if len(action.SigningSecrets) == 0 || form.DocumentedFor == "" {
		return
	}
	r.say("signed in %s with %s: documented for %s, not for custom actions %s",
		form.Header, count(len(action.SigningSecrets), "secret"), form.DocumentedFor, s.registry.cite("signature"))
}
