package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
)

// The protocol, version 1. src/engines/render/frame.ts says the same from the other side.
//
// Both directions carry frames:
//
//	4 bytes  H, length of the header, big endian
//	4 bytes  B, length of the body, big endian
//	H bytes  the header: one JSON object in UTF-8
//	B bytes  the body: the attachments, one after the other
//
// Every header may have "attachments": the length of each attachment; they add up to B.
//
// The engine speaks first: {"hello": "tenantry-engine", "protocol": 1, "operations": [...]}.
// Then the client sends one request at a time and gets exactly one response to each:
//
//	{"id": 7, "op": "build", "params": {...}, "attachments": [...]}
//	{"id": 7, "result": {...}, "attachments": [...]}
//	{"id": 7, "error": {"code": "remote-base", "message": "..."}}
//
// A closed standard input ends the process, also in the middle of a request. There is no way to
// cancel a request but to kill the process.
const (
	protocolVersion = 1
	maxHeader       = 16 << 20
)

type frame struct {
	header      []byte
	attachments [][]byte
}

type hello struct {
	Hello      string   `json:"hello"`
	Protocol   int      `json:"protocol"`
	Operations []string `json:"operations"`
}

type request struct {
	ID          uint64          `json:"id"`
	Op          string          `json:"op"`
	Params      json.RawMessage `json:"params"`
	Attachments []int64         `json:"attachments"`
}

type response struct {
	ID          uint64  `json:"id"`
	Result      any     `json:"result,omitempty"`
	Error       *fault  `json:"error,omitempty"`
	Attachments []int64 `json:"attachments,omitempty"`
}

// readFrame reads one frame; io.EOF means that the client is done.
func readFrame(in io.Reader, maxBytes int64) (frame, error) {
	var lengths [8]byte
	if _, err := io.ReadFull(in, lengths[:]); err != nil {
		return frame{}, err
	}
	headerLength := int64(binary.BigEndian.Uint32(lengths[:4]))
	bodyLength := int64(binary.BigEndian.Uint32(lengths[4:]))
	if headerLength > maxHeader || headerLength+bodyLength > maxBytes {
		return frame{}, fmt.Errorf("a frame of %d bytes is above the limit", headerLength+bodyLength)
	}
	bytes := make([]byte, headerLength+bodyLength)
	if _, err := io.ReadFull(in, bytes); err != nil {
		return frame{}, err
	}
	header, body := bytes[:headerLength:headerLength], bytes[headerLength:]
	var sizes struct{ Attachments []int64 }
	if err := json.Unmarshal(header, &sizes); err != nil {
		return frame{}, errors.New("a frame's header is not JSON")
	}
	attachments, err := split(body, sizes.Attachments)
	return frame{header, attachments}, err
}

func split(body []byte, sizes []int64) ([][]byte, error) {
	parts := make([][]byte, 0, len(sizes))
	for _, size := range sizes {
		if size < 0 || size > int64(len(body)) {
			return nil, errors.New("a frame's attachments do not fit its body")
		}
		parts = append(parts, body[:size:size])
		body = body[size:]
	}
	if len(body) != 0 {
		return nil, errors.New("a frame's attachments do not fill its body")
	}
	return parts, nil
}

func writeFrame(out io.Writer, header []byte, attachments [][]byte) error {
	var lengths [8]byte
	binary.BigEndian.PutUint32(lengths[:4], uint32(len(header)))
	binary.BigEndian.PutUint32(lengths[4:], uint32(sizeOf(attachments)))
	for _, part := range append([][]byte{lengths[:], header}, attachments...) {
		if _, err := out.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func sizeOf(attachments [][]byte) (total int64) {
	for _, attachment := range attachments {
		total += int64(len(attachment))
	}
	return total
}

// serve answers requests until the client closes its end, which it notices while working too.
func serve(stdin io.Reader, stdout io.Writer, engine *engine) {
	requests := make(chan frame)
	go func() {
		in := bufio.NewReaderSize(stdin, 64<<10)
		for {
			next, err := readFrame(in, engine.settings.maxRequest)
			if errors.Is(err, io.EOF) {
				os.Exit(0)
			}
			if err != nil {
				log.Print(err)
				os.Exit(exitProtocol)
			}
			requests <- next
		}
	}()
	out := bufio.NewWriterSize(stdout, 64<<10)
	send := func(header any, attachments [][]byte) {
		encoded, err := json.Marshal(header)
		if err == nil {
			err = writeFrame(out, encoded, attachments)
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			log.Print(err)
			os.Exit(exitProtocol)
		}
	}
	send(hello{"tenantry-engine", protocolVersion, engine.operations()}, nil)
	for received := range requests {
		idle.Unlock()
		send(engine.answer(received))
		giveMemoryBack()
		idle.Lock()
	}
}
