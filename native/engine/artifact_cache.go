package main

import "container/list"

// artifactCache keeps the artifacts used last, up to a number of bytes. The newest always stays,
// however large, so that the build it was loaded for finds it.
type artifactCache struct {
	maxBytes, bytes int64
	byDigest        map[string]*list.Element
	recent          *list.List
}

type cachedArtifact struct {
	digest string
	*artifact
}

func newArtifactCache(maxBytes int64) *artifactCache {
	return &artifactCache{maxBytes: maxBytes, byDigest: map[string]*list.Element{}, recent: list.New()}
}

func (c *artifactCache) add(digest string, unpacked *artifact) {
	if _, known := c.byDigest[digest]; known {
		return
	}
	c.byDigest[digest] = c.recent.PushFront(cachedArtifact{digest, unpacked})
	c.bytes += unpacked.size
	for c.bytes > c.maxBytes && c.recent.Len() > 1 {
		oldest := c.recent.Remove(c.recent.Back()).(cachedArtifact)
		delete(c.byDigest, oldest.digest)
		c.bytes -= oldest.size
	}
}

// get is the artifact of a digest, or the fault that asks the client to load it.
func (c *artifactCache) get(digest string) (*artifact, error) {
	element, known := c.byDigest[digest]
	if !known {
		return nil, faultf(codeUnknownArtifact, "artifact %q is not loaded", digest)
	}
	c.recent.MoveToFront(element)
	return element.Value.(cachedArtifact).artifact, nil
}
