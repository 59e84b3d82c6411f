import { ApiError } from "./api.js";
import { chosenOf, nameOf } from "./document.js";
import { Segmenter } from "./segmenter.js";

const NO_PROMPTS = { points: [], labels: [], box: null };

/** What a person does to the open image. Each act waits for those before it on the same image, so that clicks build upon each other
 * however slowly the server answers, and none is lost. Changes are told by the events `change`, `pending`, `select`, `open`. */
export class Editor extends EventTarget {
  constructor(api, announcer) {
    super();
    this.api = api;
    this.announcer = announcer;
    this.segmenter = new Segmenter(api);
    this.document = null;
    this.selection = [];
    this.label = null;
    this.isHidden = false;
    this.listener = event => this.#changed(event.why);
  }

  /** Opens an image's document, or none. */
  open(document) {
    this.document?.removeEventListener("change", this.listener);
    this.document = document;
    this.selection = [];
    document?.addEventListener("change", this.listener);
    this.#tell("open");
  }

  get now() {
    return this.document.now;
  }

  get draft() {
    return this.document?.now.draft ?? null;
  }

  get selected() {
    return this.selection.map(id => this.document.object(id)).filter(Boolean);
  }

  /** Adds a point, 1 for what belongs to the object and 0 for what does not, in pixels of the image. */
  addPoint(x, y, label, { startsNew = false, since = performance.now() } = {}) {
    this.#prompt({ points: [[x, y]], labels: [label], box: null }, startsNew, since);
  }

  /** Draws a box, or another one in place of the draft's: left, top, right, bottom. */
  setBox(box, { startsNew = false, since = performance.now() } = {}) {
    this.#prompt({ ...NO_PROMPTS, box }, startsNew, since);
  }

  #prompt(added, startsNew, since) {
    const pending = { ...added, startsNew };
    this.#act(async (document, signal) => {
      try {
        if (startsNew) {
          await this.#acceptDraft(document, signal);
        }
        const before = document.now.draft ?? { target: null, ...NO_PROMPTS, candidates: [], chosen: 0, label: this.label };
        const prompts = {
          points: [...before.points, ...added.points],
          labels: [...before.labels, ...added.labels],
          box: added.box ?? before.box,
        };
        // Another box is another question, which the answer to the one before would only bias.
        const { candidates, ms } = await this.segmenter.segment(document, prompts, added.box ? null : chosenOf(before)?.logitsId, signal);
        drop(document, pending);
        document.commit({ draft: { ...before, ...prompts, candidates, chosen: 0 } }, "prompted");
        this.#tell("answered", { since, ms });
        this.announcer.say(describe(candidates));
      } finally {
        drop(document, pending);
        this.#tell("pending");
      }
    });
    this.document.pending.push(pending);
    this.#tell("pending");
  }

  /** Shows another candidate of the draft. */
  choose(place) {
    const { draft } = this;
    if (draft && place < draft.candidates.length && place !== draft.chosen) {
      this.document.commit({ draft: { ...draft, chosen: place } }, "chosen");
      this.announcer.say(describe(draft.candidates, place));
    }
  }

  chooseNext() {
    const { draft } = this;
    if (draft) {
      this.choose((draft.chosen + 1) % draft.candidates.length);
    }
  }

  /** Makes the draft an object. */
  accept() {
    this.#act(async (document, signal) => {
      const object = await this.#acceptDraft(document, signal);
      if (object) {
        this.announcer.say(`${nameOf(object)} accepted. ${document.now.objects.length} in this image.`);
      }
    });
  }

  async #acceptDraft(document, signal) {
    const { draft } = document.now;
    const chosen = chosenOf(draft);
    if (!chosen) {
      return null;
    }
    const mask = await this.segmenter.atFullSize(document, draft, chosen, signal);
    const { objects } = document.now;
    const old = objects.find(object => object.id === draft.target);
    const object = {
      id: old?.id ?? document.newId(),
      label: draft.label ?? null,
      segmentation: { size: mask.size, counts: mask.counts },
      iou: chosen.iou ?? null,
      stability: chosen.stability ?? null,
      points: draft.points,
      pointLabels: draft.labels,
      box: draft.box,
      source: "prompt",
      visible: true,
    };
    document.commit({
      objects: old ? objects.map(other => other === old ? object : other) : [...objects, object],
      labels: withLabel(document.now.labels, object.label),
      state: "edited",
      draft: null,
    }, "accepted");
    return object;
  }

  /** Leaves the draft, what is on its way to the server, or the selection. */
  cancel() {
    const { document } = this;
    if (!document) {
      return;
    }
    const wasPending = this.#withdraw(document);
    if (document.now.draft) {
      document.commit({ draft: null }, "cancelled");
      this.announcer.say("Cancelled.");
    } else if (!wasPending) {
      this.select([]);
    }
  }

  /** Removes the draft or the selected objects. */
  remove() {
    if (this.draft) {
      this.cancel();
    } else if (this.selected.length) {
      const gone = new Set(this.selection);
      this.document.commit({ objects: this.now.objects.filter(object => !gone.has(object.id)), state: "edited" }, "removed");
      this.announcer.note(`${gone.size === 1 ? "Removed" : `${gone.size} objects removed`}. Ctrl+Z brings it back.`);
      this.select([]);
    }
  }

  undo() {
    const { document } = this;
    if (document && !this.#withdraw(document)) {
      document.undo();
      this.announcer.say(document.canUndo ? "Undone." : "Undone; this is how it began.");
    }
  }

  redo() {
    if (this.document?.canRedo) {
      this.document.redo();
      this.announcer.say("Done again.");
    }
  }

  /** Selects objects by their ids. */
  select(ids) {
    this.selection = ids;
    this.#tell("select");
  }

  /** Adds an object to the selection, or takes it from there. */
  toggle(id) {
    this.select(this.selection.includes(id) ? this.selection.filter(other => other !== id) : [...this.selection, id]);
  }

  /** Takes a selected object up again, with its prompts, to add more of them. */
  refine() {
    const [object] = this.selected;
    if (!object || object.points.length === 0 && !object.box) {
      this.announcer.note(object ? "This object was not made by clicking; use the brush." : "Select an object first.");
      return;
    }
    this.#act(async (document, signal) => {
      await this.#acceptDraft(document, signal);
      const prompts = { points: object.points, labels: object.pointLabels, box: object.box };
      const { candidates } = await this.segmenter.segment(document, prompts, null, signal);
      document.commit({ draft: { target: object.id, ...prompts, candidates, chosen: closest(candidates, object), label: object.label } }, "prompted");
      this.announcer.say(`${nameOf(object)} is open again; click to add or exclude.`);
    });
  }

  /** Gives a label to the draft or the selected objects; with neither, to whatever comes next. */
  setLabel(label) {
    const { document } = this;
    this.label = label;
    if (document) {
      const labels = withLabel(document.now.labels, label);
      const chosen = new Set(this.selection);
      if (this.draft) {
        document.commit({ draft: { ...this.draft, label }, labels }, "labelled");
      } else if (this.selected.length) {
        const objects = this.now.objects.map(object => chosen.has(object.id) ? { ...object, label } : object);
        document.commit({ objects, labels, state: "edited" }, "labelled");
      }
    }
    this.#tell("label");
    this.announcer.say(label === null ? "No label." : `Label ${label}.`);
  }

  /** Shows or hides objects; they are saved as visible or not. */
  setVisible(ids, visible) {
    const changed = new Set(ids);
    this.document.commit({ objects: this.now.objects.map(object => changed.has(object.id) ? { ...object, visible } : object) }, "shown");
  }

  /** Joins the draft into the selected object, or the selected objects into the first of them. */
  merge() {
    this.#combine("union", "merged", "Select two objects, or one while another is being made, to merge them.");
  }

  /** Cuts the draft out of the selected object, or the others out of the first selected one. */
  subtract() {
    this.#combine("subtract", "cut", "Select two objects, or one while another is being made: the second is cut out of the first.");
  }

  #combine(op, done, advice) {
    const ids = [...this.selection];
    if (ids.length === 0 || ids.length === 1 && !this.draft) {
      this.announcer.note(advice);
      return;
    }
    this.#act(async (document, signal) => {
      const { draft } = document.now;
      const [first, ...others] = ids.map(id => document.object(id)).filter(Boolean);
      if (!first) {
        return;
      }
      const masks = others.map(object => object.segmentation);
      if (draft && ids.length === 1) {
        const { size, counts } = await this.segmenter.atFullSize(document, draft, chosenOf(draft), signal);
        masks.push({ size, counts });
      }
      const mask = await this.api.edit(document.id, { op, masks: [first.segmentation, ...masks] }, signal);
      const gone = new Set(op === "union" ? others : []);
      const objects = document.now.objects.filter(object => !gone.has(object)).map(object => object === first ? reshaped(first, mask, "merged") : object);
      document.commit({ objects, state: "edited", draft: ids.length === 1 ? null : draft }, done);
      this.select([first.id]);
      this.announcer.say(op === "union" ? `Merged into ${nameOf(first)}.` : `Cut out of ${nameOf(first)}.`);
    });
  }

  /** Fills the holes of the selected objects, or drops what lies apart, where that is smaller than an area in pixels. */
  clean(op, minimumArea) {
    const ids = [...this.selection];
    if (!ids.length) {
      this.announcer.note("Select an object first.");
      return;
    }
    this.#act(async (document, signal) => {
      const changed = new Map();
      for (const object of ids.map(id => document.object(id)).filter(Boolean)) {
        const mask = await this.api.edit(document.id, { op, masks: [object.segmentation], minimumArea }, signal);
        if (mask.counts !== object.segmentation.counts) {
          changed.set(object, reshaped(object, mask, object.source));
        }
      }
      if (changed.size) {
        document.commit({ objects: document.now.objects.map(object => changed.get(object) ?? object), state: "edited" }, "cleaned");
      }
      const what = op === "fill-holes" ? "Holes filled" : "Specks dropped";
      this.announcer.note(changed.size ? `${what}.` : `${what}: there were none smaller than ${minimumArea} pixels.`);
    });
  }

  /** Draws a stroke into the selected object, or erases; with none selected it begins an object. Points in pixels of the image. */
  stroke(points, radius, erases) {
    this.#act(async (document, signal) => {
      const accepted = await this.#acceptDraft(document, signal);
      if (accepted) {
        this.select([accepted.id]);
      }
      const object = document.object(this.selection[0] ?? "");
      if (!object && erases) {
        this.announcer.note("Select the object to erase from.");
        return;
      }
      const edit = { op: erases ? "erase" : "draw", masks: object ? [object.segmentation] : [], stroke: { points, radius } };
      const mask = await this.api.edit(document.id, edit, signal);
      const { objects, labels } = document.now;
      if (object) {
        const changed = reshaped(object, mask, "brush");
        document.commit({ objects: objects.map(other => other === object ? changed : other), state: "edited" }, "brushed");
        this.announcer.say(erases ? "Erased." : "Painted.");
      } else {
        const made = {
          id: document.newId(), label: this.label, segmentation: { size: mask.size, counts: mask.counts }, iou: null, stability: null,
          points: [], pointLabels: [], box: null, source: "brush", visible: true,
        };
        document.commit({ objects: [...objects, made], labels: withLabel(labels, this.label), state: "edited" }, "brushed");
        this.select([made.id]);
        this.announcer.say(`${nameOf(made)} begun with the brush.`);
      }
    }, () => this.#tell("stroked"));
  }

  /** Adds masks that a run over the whole image has found. */
  addFound(found) {
    const { document } = this;
    const objects = found.map(mask => ({
      id: document.newId(), label: this.label, segmentation: { size: mask.size, counts: mask.counts }, iou: mask.iou ?? null,
      stability: mask.stability ?? null, points: mask.point ? [mask.point] : [], pointLabels: mask.point ? [1] : [], box: null,
      source: "everything", visible: true,
    }));
    document.commit({ objects: [...this.now.objects, ...objects], labels: withLabel(this.now.labels, this.label), state: "edited" }, "found");
    this.announcer.note(`${objects.length} objects added.`);
  }

  /** Calls the image done, or not yet done. */
  setDone(isDone) {
    this.#act(async (document, signal) => {
      await this.#acceptDraft(document, signal);
      document.commit({ state: isDone ? "accepted" : "edited" }, "done");
      this.announcer.say(isDone ? "The image is accepted." : "The image is open again.");
    });
  }

  setHidden(isHidden) {
    this.isHidden = isHidden;
    this.#tell("hidden");
    this.announcer.note(isHidden ? "Masks hidden." : "Masks shown.");
  }

  // One after the other per image; what is withdrawn before its turn does not begin.
  #act(action, finished) {
    const { document } = this;
    const { signal } = document.abort;
    document.work = document.work.then(() => {
      signal.throwIfAborted();
      return action(document, signal);
    }).catch(error => {
      if (!signal.aborted) {
        this.announcer.fail(error instanceof ApiError ? error.message : `That did not work: ${error.message}`);
        if (!(error instanceof ApiError)) {
          console.error(error);
        }
      }
    }).finally(finished);
  }

  // Whether something was on its way.
  #withdraw(document) {
    if (!document.pending.length) {
      return false;
    }
    document.abort.abort();
    document.abort = new AbortController();
    document.pending = [];
    this.#tell("pending");
    this.announcer.note("Withdrawn.");
    return true;
  }

  #changed(why) {
    const kept = this.selection.filter(id => this.document.object(id));
    if (kept.length !== this.selection.length) {
      this.selection = kept;
    }
    this.#tell("change", { why });
  }

  #tell(name, members) {
    this.dispatchEvent(Object.assign(new Event(name), members));
  }
}

function drop(document, pending) {
  document.pending = document.pending.filter(other => other !== pending);
}

function withLabel(labels, label) {
  return label === null || labels.includes(label) ? labels : [...labels, label];
}

// Another shape is no longer what the model answered, so it has no scores.
function reshaped(object, mask, source) {
  return { ...object, segmentation: { size: mask.size, counts: mask.counts }, iou: null, stability: null, source };
}

// Which of the candidates an object was made of: the one whose predicted IoU it has.
function closest(candidates, object) {
  const place = candidates.findIndex(candidate => Math.abs(candidate.iou - object.iou) < 1e-3);
  return Math.max(0, place);
}

function describe(candidates, place = 0) {
  const { iou } = candidates[place];
  const score = iou === null || iou === undefined ? "" : `, predicted IoU ${iou.toFixed(2)}`;
  return candidates.length > 1 ? `Candidate ${place + 1} of ${candidates.length}${score}.` : `One mask${score}.`;
}
