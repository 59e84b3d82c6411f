import { ImageDocument, isSameContent } from "./document.js";

/** The documents of images that have been opened, with their histories, and how they are opened. */
export class Library {
  constructor(api, drafts, saver) {
    Object.assign(this, { api, drafts, saver });
    this.documents = new Map();
  }

  find(id) {
    return this.documents.get(id) ?? null;
  }

  /** The document of an image: what is saved, with what this browser has kept beyond that. */
  async open(id) {
    const known = this.documents.get(id);
    if (known) {
      return known;
    }
    const [info, saved, draft] = await Promise.all([this.api.info(id), this.api.annotations(id), this.drafts.find(id)]);
    // Somebody else may have been quicker.
    if (this.documents.has(id)) {
      return this.documents.get(id);
    }
    const document = new ImageDocument(info);
    document.load(saved.document, saved.etag, false);
    this.documents.set(id, document);
    this.saver.watch(document);
    if (draft) {
      this.#restore(document, draft);
    }
    return document;
  }

  // Edits that were not saved stand on what was saved then; if that has changed since, saving them is refused, and the person decides.
  // They may have been saved after all, if only the answer did not come any more.
  #restore(document, { etag, snapshot, isDirty, tab }) {
    if (tab !== this.drafts.tab) {
      this.drafts.forget(document.id, tab);
    }
    for (const object of snapshot.objects) {
      document.next = Math.max(document.next, Number(/^o(\d+)$/.exec(object.id)?.[1] ?? 0) + 1);
    }
    if (isDirty && !isSameContent(document.now, snapshot)) {
      document.etag = etag;
      document.commit(snapshot, "restored");
    } else if (snapshot.draft) {
      document.commit({ draft: snapshot.draft }, "restored");
    }
  }

  /** Takes what somebody else has saved, keeping what was there as the step before; false if it is what this document has anyway, or, where
   * `sparesEdits`, if it has been edited meanwhile: saving then asks the person. */
  async reload(document, sparesEdits = false) {
    const saved = await this.api.annotations(document.id);
    if (saved.etag === document.etag || sparesEdits && document.isDirty) {
      return false;
    }
    document.load(saved.document, saved.etag, true);
    return true;
  }

  /** Takes what somebody else has saved and adds the objects that only this one has. */
  async combine(document) {
    const mine = document.now.objects;
    await this.reload(document);
    const theirs = document.now;
    const known = new Set(theirs.objects.map(object => object.segmentation.counts));
    const ids = new Set(theirs.objects.map(object => object.id));
    const added = mine.filter(object => !known.has(object.segmentation.counts)).map(object => ids.has(object.id) ? { ...object, id: document.newId() } : object);
    const labels = [...new Set([...theirs.labels, ...added.map(object => object.label).filter(label => label !== null)])];
    document.commit({ objects: [...theirs.objects, ...added], labels, state: "edited" }, "combined");
    return added.length;
  }
}
