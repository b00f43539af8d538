package receiver_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/receiver"
)

// What an independent client makes of what the catalogue calls kind in phase: its
// exit codes.
var curlSees = map[string][]string{
	"answered in body":              {"0"},
	"timeout in headers":            {"28"}, // time is over
	"timeout in body":               {"28"},
	"timeout in tls":                {"28"},
	"closed in headers":             {"52", "56"}, // an empty reply; a failure of receiving
	"closed in body":                {"18", "56"}, // part of a file
	"closed in tls":                 {"35"},       // the TLS handshake
	"reset in headers":              {"56"},
	"reset in body":                 {"56"},
	"reset in tls":                  {"35"},
	"malformed in headers":          {"1", "8"}, // no HTTP that it speaks; a weird answer
	"malformed in body":             {"56"},
	"too_large in headers":          {"27", "56"}, // more than there is room for
	"cert_expired in tls":           {"60"},       // a certificate
	"cert_not_yet_valid in tls":     {"60"},
	"cert_unknown_authority in tls": {"60"},
	"cert_wrong_host in tls":        {"60"},
	"cert_required in tls":          {"35", "56"},
	"tls_other in tls":              {"35"},
	"plain_http in tls":             {"35"},
}

// Where curl is more forgiving than the platforms' attempts, in some of its versions.
var curlForgives = map[string]string{
	"close_mid_headers": "0",  // it takes the end for that of the headers
	"length_twice":      "18", // it believes the second one
}

// curl sees what the page of faults says.
func TestCurlSeesWhatTheCatalogueSays(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("there is no curl here to look with")
	}
	for _, f := range receiver.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			r := plain(receiver.WithBehavior(behave(t, "status 200")))
			if f.Behavior != "" {
				r.SetBehavior(behave(t, "fault "+f.Name))
			}
			var options []receiver.ServerOption
			if f.TLS != "" {
				options = append(options, receiver.WithMadeTLSKind(f.TLS))
			}
			s := start(t, r, options...)
			args := []string{"-q", "-sS", "--noproxy", "*", "--max-time", "0.6", "-o", os.DevNull, "-w", "%{http_code}", "-d", "ok"}
			if s.CAPEM() != nil {
				trusted := filepath.Join(t.TempDir(), "ca.pem")
				if err := os.WriteFile(trusted, s.CAPEM(), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--cacert", trusted)
			}
			status, err := exec.CommandContext(soon(t), curl, append(args, s.URL()+"/x")...).Output()
			code, said := "0", ""
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				code, said = strings.TrimPrefix(exit.String(), "exit status "), string(exit.Stderr)
			} else if err != nil {
				t.Fatal(err)
			}
			seen := f.Seen[len(f.Seen)-1]
			want := curlSees[seen.Kind+" in "+seen.Phase]
			if !slices.Contains(want, code) && curlForgives[f.Name] != code {
				t.Errorf("curl ends with %s, want one of %v: %s %s", code, want, status, said)
			}
			if line, _, _ := strings.Cut(f.Bytes, "\r\n"); code == "0" && f.Bytes != "" && !strings.Contains(line, " "+string(status)+" ") {
				t.Errorf("curl was answered %s, want that of %q", status, line)
			}
		})
	}
}
