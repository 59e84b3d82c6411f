import { isSame, isSameContent } from "./document.js";

const REPEAT = 2000;

/** Saves each document after every edit, one request at a time, and keeps what is not saved in the browser meanwhile.
 * Events: `change` when its state does; `conflict` when somebody else has saved, with the document; nothing is sent until it is resolved. */
export class Saver extends EventTarget {
  constructor(api, drafts, model) {
    super();
    this.api = api;
    this.drafts = drafts;
    this.model = model;
    this.busy = new Set();
    this.conflicts = new Set();
    this.refused = new Map();
    this.toKeep = new Set();
    addEventListener("pagehide", () => {
      this.#keepAll();
      this.drafts.leave();
    });
  }

  /** Watches a document from now on. */
  watch(document) {
    document.addEventListener("change", () => {
      this.#keepSoon(document);
      this.save(document);
    });
  }

  /** "saved", "saving", "waiting" for a decision, or "refused", with the server's words. */
  stateOf(document) {
    if (this.conflicts.has(document)) {
      return { name: "waiting" };
    }
    if (this.refused.has(document)) {
      return { name: "refused", reason: this.refused.get(document) };
    }
    return { name: this.busy.has(document) || document.isDirty ? "saving" : "saved" };
  }

  get isAnythingUnsaved() {
    return this.busy.size > 0 || this.conflicts.size > 0 || this.refused.size > 0;
  }

  /** Sends what is not saved yet, until everything is. */
  async save(document) {
    if (this.busy.has(document) || this.conflicts.has(document) || !document.isDirty) {
      return;
    }
    this.busy.add(document);
    this.#tell();
    try {
      while (document.isDirty && !this.conflicts.has(document)) {
        await this.#saveOnce(document);
      }
    } finally {
      this.busy.delete(document);
      this.#keepSoon(document);
      this.#tell();
    }
  }

  async #saveOnce(document) {
    const snapshot = document.now;
    const before = document.sent;
    document.sent = snapshot;
    try {
      const etag = await this.api.save(document.id, document.toFile(snapshot, this.model), document.etag);
      this.refused.delete(document);
      document.markSaved(snapshot, etag);
    } catch (error) {
      if (error.status === 409) {
        // It may be this very page that has saved, if the server or the connection went before its answer came.
        const theirs = await this.api.annotations(document.id);
        const own = [snapshot, before].find(sent => sent && isSameContent(theirs.document, sent));
        if (own) {
          document.markSaved(own, theirs.etag);
          return;
        }
        this.conflicts.add(document);
        this.dispatchEvent(Object.assign(new Event("conflict"), { document }));
        return;
      }
      // Such as a full disk: the edits stay here, and it is tried again.
      this.refused.set(document, error.message);
      this.#tell();
      await new Promise(done => setTimeout(done, REPEAT));
    }
  }

  /** Goes on after a conflict: the document now stands on what the server has. */
  resolve(document) {
    this.conflicts.delete(document);
    this.#keepSoon(document);
    this.#tell();
    this.save(document);
  }

  // Copying masks for the browser's storage takes a moment, which the mask of a click must not wait for.
  #keepSoon(document) {
    if (this.toKeep.size === 0) {
      setTimeout(() => this.#keepAll());
    }
    this.toKeep.add(document);
  }

  #keepAll() {
    this.toKeep.forEach(document => this.#keep(document));
    this.toKeep.clear();
  }

  // Also the draft, which the server does not have, so that a reload in the middle of an object loses no click.
  #keep(document) {
    const { now } = document;
    if (document.isDirty || now.draft) {
      this.drafts.keep(document.id, { etag: document.etag, snapshot: now, isDirty: !isSame(now, document.saved) });
    } else {
      this.drafts.forget(document.id);
    }
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
