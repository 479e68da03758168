/** A metav1.Status that says why something failed. */
export interface FailureStatus {
  message: string;
  reason: string;
  code: number;
}

/**
 * It in protobuf, as Kubernetes writes every object: a magic number, and a runtime.Unknown that names the
 * kind.
 */
export function protobufStatus({ message, reason, code }: FailureStatus): Uint8Array {
  const listMeta = [field(1), field(2), field(3)];
  const status = [
    field(1, ...listMeta),
    field(2, text('Failure')),
    field(3, text(message)),
    field(4, text(reason)),
    Buffer.from([(6 << 3) | varintType, ...varint(code)]),
  ];
  const typeMeta = [field(1, text('v1')), field(2, text('Status'))];
  const unknown = [field(1, ...typeMeta), field(2, ...status), field(3), field(4)];
  return Buffer.concat([text('k8s\0'), ...unknown]);
}

/** An event of a watch (metav1.WatchEvent) in protobuf: behind its length, in four bytes. */
export function protobufFrame(type: string, object: Uint8Array): Uint8Array {
  const event = Buffer.concat([field(1, text(type)), field(2, field(1, object))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** Wire types. */
const [varintType, bytesType] = [0, 2];

const text = (value: string) => Buffer.from(value, 'utf8');

/** A field of bytes; empty ones are written too, as Kubernetes does. */
function field(number: number, ...parts: Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([(number << 3) | bytesType, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
