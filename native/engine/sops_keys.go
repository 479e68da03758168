package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/ProtonMail/go-crypto/openpgp"
	pgparmor "github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/getsops/sops/v3/shamir"
)

const (
	dataKeyBytes = 32
	// Of one wrapped data key; real ones have a few kilobytes at most.
	maxWrappedBytes = 64 << 10
	// A part of a shared data key is one byte longer than the key.
	maxPartBytes    = 1 << 10
	maxNamedKeys    = 5
	maxPGPIdentites = 64
)

// decryption is what a build is given to decrypt with. Nothing of it outlives the request.
type decryption struct {
	// Texts with age identities, one to a line, and armored PGP private keys.
	Age []string `json:"age"`
	PGP []string `json:"pgp"`
	// What key services made of the keys they were asked for, by id, in base64; null if they refused.
	Unwrapped map[string]*string `json:"unwrapped"`
}

// keyring turns the metadata of encrypted files into their data keys.
type keyring struct {
	age       []age.Identity
	pgp       openpgp.EntityList
	unwrapped map[string]*string
	// Data keys found so far, by what they were found from.
	found map[string][]byte
	// What key services have to be asked for first.
	wanted []wantedPart
	// Decrypted values, which no message may repeat.
	values []string
}

// wantedPart asks for as many parts of a data key as are missing, one from each of some groups.
type wantedPart struct {
	Missing int           `json:"missing"`
	Groups  [][]remoteKey `json:"groups"`
}

// remoteKey is a data key, or a part of one, that only a key service can unwrap.
type remoteKey struct {
	ID      string         `json:"id"`
	Service string         `json:"service"`
	Fields  map[string]any `json:"fields"`
}

// errWanted ends the work on a file whose key has to be fetched first.
var errWanted = errors.New("a key service has to be asked")

func newKeyring(given *decryption) (*keyring, error) {
	ring := &keyring{unwrapped: given.Unwrapped, found: map[string][]byte{}}
	for _, text := range given.Age {
		identities, err := parseAge(text)
		if err != nil {
			return nil, err
		}
		ring.age = append(ring.age, identities...)
	}
	for _, text := range given.PGP {
		entities, err := parsePGP([]byte(text))
		if err != nil {
			return nil, err
		}
		ring.pgp = append(ring.pgp, entities...)
	}
	if len(ring.pgp) > maxPGPIdentites {
		return nil, faultf(codeBadKey, "there are more than %d PGP keys", maxPGPIdentites)
	}
	return ring, nil
}

// parseAge reads age identities. Its error does not quote them, as the library's own would.
func parseAge(text string) ([]age.Identity, error) {
	identities, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, faultf(codeBadKey, "the age key is malformed: it needs a line that begins with AGE-SECRET-KEY-")
	}
	return identities, nil
}

func parsePGP(text []byte) (openpgp.EntityList, error) {
	read := openpgp.ReadKeyRing
	if bytes.Contains(text, []byte("-----BEGIN")) {
		read = openpgp.ReadArmoredKeyRing
	}
	entities, err := read(bytes.NewReader(text))
	if err != nil || len(entities) == 0 {
		return nil, faultf(codeBadKey, "the PGP key is malformed: export it with gpg --export-secret-keys --armor")
	}
	for _, entity := range entities {
		if entity.PrivateKey == nil {
			return nil, faultf(codeBadKey, "the PGP key is a public key: export it with gpg --export-secret-keys --armor")
		}
		if entity.PrivateKey.Encrypted {
			return nil, faultf(codeBadKey, "the PGP key has a passphrase: store it without one")
		}
	}
	return entities, nil
}

// dataKey finds the key that the values of a file are encrypted with. It returns errWanted after
// noting what a key service has to unwrap first.
func (k *keyring) dataKey(metadata *sopsMetadata) ([]byte, error) {
	id := metadata.id()
	if key, known := k.found[id]; known {
		return key, nil
	}
	groups := metadata.groups()
	threshold := cmp.Or(metadata.ShamirThreshold, len(groups))
	if len(groups) == 1 {
		threshold = 1
	}
	if len(groups) == 0 || threshold < 1 || threshold > len(groups) {
		return nil, faultf(codeDecryptionFailed, "its sops metadata names no keys, or wants more than it names")
	}
	var parts [][]byte
	var open [][]remoteKey
	for _, group := range groups {
		if len(parts) == threshold {
			break
		}
		part, remote := k.unwrapGroup(group)
		if part != nil {
			parts = append(parts, part)
		} else if len(remote) > 0 {
			open = append(open, remote)
		}
	}
	if missing := threshold - len(parts); missing > 0 {
		if len(open) < missing {
			return nil, faultf(codeKeyUnavailable, "none of the keys at hand opens it; it is encrypted for %s", describeGroups(groups))
		}
		k.wanted = append(k.wanted, wantedPart{missing, open})
		return nil, errWanted
	}
	key := parts[0]
	if len(groups) > 1 {
		combined, err := shamir.Combine(parts)
		if err != nil {
			return nil, faultf(codeDecryptionFailed, "the parts of its data key do not fit together")
		}
		key = combined
	}
	if len(key) != dataKeyBytes {
		return nil, faultf(codeDecryptionFailed, "its data key has not the size of one")
	}
	k.found[id] = key
	return key, nil
}

// unwrapGroup tries the keys of a group, of which any one will do. Without success it returns those
// that a key service was not asked for yet.
func (k *keyring) unwrapGroup(group sopsKeyGroup) (part []byte, open []remoteKey) {
	for _, wrapped := range group.Age {
		if part := k.unwrapAge(wrapped.Enc); part != nil {
			return part, nil
		}
	}
	for _, wrapped := range group.PGP {
		if part := k.unwrapPGP(wrapped.Enc); part != nil {
			return part, nil
		}
	}
	for _, remote := range group.remote() {
		answer, asked := k.unwrapped[remote.ID]
		if !asked {
			open = append(open, remote)
		} else if answer != nil {
			part, err := base64.StdEncoding.DecodeString(*answer)
			if err == nil && len(part) > 0 {
				return part, nil
			}
		}
	}
	return nil, open
}

func (k *keyring) unwrapAge(wrapped string) []byte {
	if len(k.age) == 0 || len(wrapped) > maxWrappedBytes {
		return nil
	}
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(wrapped)), k.age...)
	if err != nil {
		return nil
	}
	return readPart(opened)
}

func (k *keyring) unwrapPGP(wrapped string) []byte {
	if len(k.pgp) == 0 || len(wrapped) > maxWrappedBytes {
		return nil
	}
	block, err := pgparmor.Decode(strings.NewReader(wrapped))
	if err != nil {
		return nil
	}
	message, err := openpgp.ReadMessage(block.Body, k.pgp, nil, nil)
	if err != nil {
		return nil
	}
	return readPart(message.UnverifiedBody)
}

// readPart reads a key, and not the bomb that a compressed message may be.
func readPart(from io.Reader) []byte {
	part, err := io.ReadAll(io.LimitReader(from, maxPartBytes+1))
	if err != nil || len(part) == 0 || len(part) > maxPartBytes {
		return nil
	}
	return part
}

// seal is a secret that only who has the data keys can know: with it the client makes digests of
// what was decrypted, from which nobody can guess it. Empty if nothing was decrypted.
func (k *keyring) seal() string {
	if len(k.found) == 0 {
		return ""
	}
	keys := make([]string, 0, len(k.found))
	for _, key := range k.found {
		keys = append(keys, string(key))
	}
	slices.Sort(keys)
	sum := sha256.New()
	sum.Write([]byte("tenantry: seal of decrypted objects\n"))
	for _, key := range slices.Compact(keys) {
		sum.Write([]byte(key))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (k *keyring) note(value string) {
	k.values = append(k.values, value)
}

// withoutValues takes decrypted values out of the message of an error that may quote them.
func (k *keyring) withoutValues(err error) error {
	known, isFault := err.(*fault)
	if k == nil || !isFault {
		return err
	}
	text := known.Message
	for _, value := range k.values {
		for _, line := range strings.Split(value, "\n") {
			if line = strings.TrimSpace(line); len(line) >= 4 {
				text = strings.ReplaceAll(text, line, "***")
			}
		}
	}
	return &fault{known.Code, text}
}

// describeGroups names the keys of a file, which are public, for whoever looks for the right one.
func describeGroups(groups []sopsKeyGroup) string {
	var names []string
	for _, group := range groups {
		for _, key := range group.Age {
			names = append(names, shorten(key.Recipient))
		}
		for _, key := range group.PGP {
			names = append(names, "PGP "+shorten(key.Fingerprint))
		}
		for _, key := range group.remote() {
			names = append(names, key.String())
		}
	}
	if more := len(names) - maxNamedKeys; more > 0 {
		names = append(names[:maxNamedKeys], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// newRemoteKey identifies the key by all that its service will be told.
func newRemoteKey(service string, fields map[string]any) remoteKey {
	encoded, _ := json.Marshal([]any{service, fields})
	sum := sha256.Sum256(encoded)
	return remoteKey{hex.EncodeToString(sum[:]), service, fields}
}
