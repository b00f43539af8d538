package main

import (
	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// adminServer is the admin API of receive; the zero one is none.
type adminServer struct{ url string }

func (a *app) startAdmin(r *receiving, rec *receiver.Receiver, p *schema.Profile) (*adminServer, error) {
	return &adminServer{}, nil
}

// Close ends the admin API.
func (s *adminServer) Close() error { return nil }
