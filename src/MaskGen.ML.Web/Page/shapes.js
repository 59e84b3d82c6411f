import { decodeCocoRle } from "../shared/runs.js";

/** The box of runs (left, top, width, height) and how many pixels they hold. */
export function measure(runs, height) {
  let [left, top, right, bottom, area] = [Infinity, Infinity, 0, 0, 0];
  for (let i = 0; i < runs.length; i += 2) {
    const [start, end] = [runs[i], runs[i + 1]];
    if (end <= start) {
      continue;
    }
    const first = Math.floor(start / height);
    const last = Math.floor((end - 1) / height);
    area += end - start;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
    // A run that goes on into the next column touches the lower edge and the upper one.
    top = first === last ? Math.min(top, start - first * height) : 0;
    bottom = first === last ? Math.max(bottom, end - first * height) : height;
  }
  return area ? { bbox: [left, top, right - left, bottom - top], area } : { bbox: [0, 0, 0, 0], area: 0 };
}

/** Runs of an image of one size as those of another, each pixel as the nearest one. Sizes are height and width. */
export function scaleRuns(runs, [fromHeight, fromWidth], [height, width]) {
  if (fromHeight === height && fromWidth === width) {
    return runs;
  }
  const scaled = [];
  let i = 0;
  for (let x = 0; x < width; x++) {
    const column = Math.min(fromWidth - 1, Math.floor((x + 0.5) * fromWidth / width)) * fromHeight;
    const end = column + fromHeight;
    // Enlarging asks for the same column again.
    while (i > 0 && runs[i - 1] > column) {
      i -= 2;
    }
    while (i < runs.length && runs[i + 1] <= column) {
      i += 2;
    }
    for (let j = i; j < runs.length && runs[j] < end; j += 2) {
      const first = Math.max(0, Math.ceil((Math.max(runs[j], column) - column) * height / fromHeight - 0.5));
      const past = Math.min(height, Math.ceil((Math.min(runs[j + 1], end) - column) * height / fromHeight - 0.5));
      if (past > first) {
        scaled.push(x * height + first, x * height + past);
      }
    }
  }
  return Uint32Array.from(scaled);
}

/** Calls back with each stretch of runs whose pixel some positions before is not set: the side of a shape that looks that way. */
export function forEachRim(runs, distance, found) {
  let other = 0;
  for (let i = 0; i < runs.length; i += 2) {
    let start = runs[i];
    const end = runs[i + 1];
    while (other < runs.length && runs[other + 1] + distance <= start) {
      other += 2;
    }
    for (let j = other; j < runs.length && runs[j] + distance < end && start < end; j += 2) {
      if (runs[j] + distance > start) {
        found(start, runs[j] + distance);
      }
      start = Math.max(start, runs[j + 1] + distance);
    }
    if (start < end) {
      found(start, end);
    }
  }
}

const decoded = new WeakMap();

/** The runs of a record of size and counts, unpacked once, at its own size or that of the picture that is painted. */
export function runsOf(record, size = record.size) {
  let runs = decoded.get(record);
  if (!runs) {
    decoded.set(record, runs = { own: decodeCocoRle(record.counts), size: null, scaled: null });
  }
  if (record.size[0] === size[0] && record.size[1] === size[1]) {
    return runs.own;
  }
  if (runs.size?.[0] !== size[0] || runs.size?.[1] !== size[1]) {
    runs.size = size;
    runs.scaled = scaleRuns(runs.own, record.size, size);
  }
  return runs.scaled;
}
