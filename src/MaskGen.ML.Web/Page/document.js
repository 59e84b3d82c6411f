import { measure, runsOf } from "./shapes.js";

const NOTHING = Object.freeze({ objects: [], labels: [], state: "edited", draft: null });

/** One image with what is drawn on it. Every change is a new snapshot; undo and redo walk through them, as far back as the image was opened.
 * A snapshot is never changed: `objects` as they are saved, `labels` in the order of their digits, `state`, and `draft`, the object
 * that is being made, which is not saved. */
export class ImageDocument extends EventTarget {
  constructor(info) {
    super();
    this.info = info;
    this.id = info.id;
    this.history = [NOTHING];
    this.at = 0;
    this.saved = NOTHING;
    // What was last sent to be saved, whether or not the answer came.
    this.sent = null;
    this.etag = null;
    this.isLoaded = false;
    this.next = 1;
    // Prompts on their way to the server, in the order in which they were given, and the work behind them.
    this.pending = [];
    this.work = Promise.resolve();
    this.abort = new AbortController();
    this.everything = null;
  }

  get now() {
    return this.history[this.at];
  }

  /** Height and width of the image, as masks name them. */
  get size() {
    return [this.info.height, this.info.width];
  }

  /** Height and width of the picture that is painted. */
  get paintSize() {
    return [this.info.paintHeight ?? this.info.height, this.info.paintWidth ?? this.info.width];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at + 1 < this.history.length;
  }

  /** Whether there is something that is not saved. */
  get isDirty() {
    return !isSame(this.now, this.saved);
  }

  /** Takes what the server has, as the beginning of the history or, if there is one, as a further step that can be undone. */
  load(document, etag, keepsHistory) {
    const snapshot = { objects: document.objects, labels: document.labels ?? [], state: document.state ?? "edited", draft: null };
    this.etag = etag;
    this.saved = snapshot;
    this.isLoaded = true;
    for (const object of snapshot.objects) {
      this.next = Math.max(this.next, Number(/^o(\d+)$/.exec(object.id)?.[1] ?? 0) + 1);
    }
    if (keepsHistory) {
      this.commit(snapshot, "loaded");
    } else {
      this.history = [snapshot];
      this.at = 0;
      this.#tell("loaded");
    }
  }

  /** Makes a change: the members of a snapshot that are different now. */
  commit(change, why) {
    this.history.length = this.at + 1;
    this.history.push(Object.freeze({ ...this.now, ...change }));
    this.at++;
    this.#tell(why);
  }

  undo() {
    if (this.canUndo) {
      this.at--;
      this.#tell("undone");
    }
  }

  redo() {
    if (this.canRedo) {
      this.at++;
      this.#tell("redone");
    }
  }

  /** Notes what has been saved. */
  markSaved(snapshot, etag) {
    this.saved = snapshot;
    this.etag = etag;
    this.dispatchEvent(new Event("saved"));
  }

  /** A name for a new object, which no object of this image ever had. */
  newId() {
    return `o${this.next++}`;
  }

  object(id) {
    return this.now.objects.find(object => object.id === id) ?? null;
  }

  /** A snapshot as the file of annotations. */
  toFile(snapshot, model) {
    const { name, width, height } = this.info;
    return { format: "maskgen.annotations", version: 1, image: name, width, height, model, state: snapshot.state, labels: snapshot.labels, objects: snapshot.objects };
  }

  #tell(why) {
    this.dispatchEvent(Object.assign(new Event("change"), { why }));
  }
}

/** Whether two snapshots are the same to whoever reads the file. */
export function isSame(a, b) {
  return a.objects === b.objects && a.labels === b.labels && a.state === b.state;
}

/** Whether a file holds what a snapshot does, however either is written. */
export function isSameContent(file, snapshot) {
  const text = ({ objects, labels, state }) => JSON.stringify([labels ?? [], state ?? "edited", objects.map(object =>
    [object.id, object.label ?? null, object.segmentation.counts, object.visible, object.points, object.pointLabels, object.box ?? null])]);
  return text(file) === text(snapshot);
}

/** Number of an object, from 0: it decides its colour, and stays when others go. */
export function numberOf(object, place = 0) {
  const found = /^o(\d+)$/.exec(object.id);
  return found ? Number(found[1]) - 1 : place;
}

/** What an object is called. */
export function nameOf(object, place = 0) {
  const number = numberOf(object, place) + 1;
  return object.label ? `${object.label} ${number}` : `Object ${number}`;
}

const measured = new WeakMap();

/** Box and area of an object, in pixels of the image. */
export function extentOf(object) {
  const record = object.segmentation;
  let extent = measured.get(record);
  if (!extent) {
    measured.set(record, extent = measure(runsOf(record), record.size[0]));
  }
  return extent;
}

/** The candidate that a draft shows. */
export function chosenOf(draft) {
  return draft?.candidates[draft.chosen] ?? null;
}
