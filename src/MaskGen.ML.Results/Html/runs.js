/** Reads COCO's compressed run lengths into starts and ends of the runs of set pixels. */
export function decodeCocoRle(text) {
  const ends = new Uint32Array(text.length);
  let count = 0;
  let last = 0;
  let beforeLast = 0;
  let position = 0;
  for (let at = 0; at < text.length;) {
    let value = 0;
    let shift = 0;
    let code;
    do {
      code = text.charCodeAt(at++) - 48;
      value |= (code & 31) << shift;
      shift += 5;
    } while (code & 32);
    if (code & 16 && shift < 32) {
      value |= -1 << shift;
    }
    // From the fourth length on it is the difference to the one two before.
    if (count > 2) {
      value += beforeLast;
    }
    beforeLast = last;
    last = value;
    position += value;
    ends[count++] = position;
  }
  // Every second length is of set pixels: such a run begins where the one before it ends.
  return ends.slice(0, count & ~1);
}

/** Whether runs hold a column-major position. */
export function holds(runs, position) {
  let low = 0;
  let high = runs.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[2 * middle + 1] <= position) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return 2 * low < runs.length && runs[2 * low] <= position;
}
