/**
 * What a stream brings, until `isOver`: then it stops waiting for more and returns true. (To race each
 * piece against one promise would have that promise remember all races.) The stream is not closed here:
 * that could take until its next piece, and is left to whoever opened it.
 */
export async function* untilOver<T>(
  body: AsyncIterable<T>,
  isOver: Promise<void>,
): AsyncGenerator<T, boolean> {
  const iterator = body[Symbol.asyncIterator]();
  const waiting = { isOver: false, end: () => {} };
  void isOver.then(() => {
    waiting.isOver = true;
    waiting.end();
  });
  for (;;) {
    const next = await new Promise<IteratorResult<T> | 'over'>((resolve, reject) => {
      if (waiting.isOver) return resolve('over');
      waiting.end = () => resolve('over');
      iterator.next().then(resolve, reject);
    });
    if (next === 'over') return true;
    if (next.done) return false;
    yield next.value;
  }
}
