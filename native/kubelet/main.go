// Command kubelet answers what an API server asks of a node about running containers: exec, attach,
// port-forward and logs, with Kubernetes' own implementation of those protocols, over containers that
// exist in memory alone. It is for tests: it runs nothing, and knows every Pod by its name.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

func main() {
	cert := flag.String("cert", "", "file of the serving certificate")
	key := flag.String("key", "", "file of its key")
	clientCA := flag.String("client-ca", "", "file of the authority of the API server's client certificate")
	flag.Parse()
	if err := serve(*cert, *key, *clientCA); err != nil {
		fmt.Fprintln(os.Stderr, "kubelet:", err)
		os.Exit(1)
	}
}

// serve prints the port it has on loopback, and ends with its standard input: whoever started it holds
// the other end.
func serve(cert, key, clientCA string) error {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(clientCA)
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(pem) {
		return errors.New("--client-ca holds no certificate")
	}
	// As a kubelet has it, HTTP/1.1: what is asked for is another protocol on the same connection.
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientCAs:    clients,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS12,
	})
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(listener, routes(newNode()))
}
