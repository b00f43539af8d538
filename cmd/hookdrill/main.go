// Command hookdrill rehearses incident custom actions: it plays the platform
// that pushes, the endpoint that is pushed to, or both, and judges what happened.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr)) }
