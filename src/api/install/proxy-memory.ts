/**
 * What the proxy's process is started with, besides its flags, so that a connection takes little memory:
 * the allocator and V8 read it before any code of ours runs. It is for thousands of connections that mostly
 * wait, and is not worth it to the manager, whose work is objects.
 *
 * - glibc: Node takes 64 KB for what a connection of TLS has sent, and touches 4 KB of it. In pages of its own
 *   (`MALLOC_MMAP_THRESHOLD_`, which what is free at the top of the heap must be too small for:
 *   `MALLOC_TOP_PAD_`) the rest takes no memory. The 17 KB that each record of TLS takes and gives back stay in
 *   the heap: a mapping for each would cost time. One arena is enough where one thread does the work.
 * - V8: new objects in 2 MB instead of 16, three times over: requests leave little behind that lasts.
 *
 * Elsewhere than on Linux with glibc the first three say nothing.
 */
export const proxyMemory: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TOP_PAD_: '4096',
  MALLOC_ARENA_MAX: '1',
  NODE_OPTIONS: '--max-semi-space-size=2',
};
