const NAME = "maskgen";
const STORE = "drafts";
const LAST = "maskgen-last ";

/** What is not saved yet, kept by the browser: it outlives a reload, a crash and a server that is away. One record per tab and image.
 * The database writes later than it is asked to, and what it has not written when a page ends is lost, so the page's end leaves that in the
 * tab's own storage, which writes at once. */
export class Drafts {
  constructor() {
    this.tab = null;
    this.database = null;
    // Records by image that the database has not confirmed; null is one to be forgotten.
    this.unconfirmed = new Map();
  }

  /** Finds out which tab this is: the same after a reload, another one for a tab that was duplicated. */
  async open() {
    this.tab = sessionStorage.getItem("maskgen-tab");
    if (!this.tab || !await hold(this.tab)) {
      this.tab = newName();
      sessionStorage.setItem("maskgen-tab", this.tab);
      await hold(this.tab);
    }
    this.database = await new Promise(done => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => done(request.result);
      // A browser that keeps nothing, as some do in private windows: edits are then in this page and at the server alone.
      request.onerror = () => done(null);
    }).catch(() => null);
  }

  /** Keeps a snapshot of an image: `etag` it was made from, `snapshot`, and whether it `isDirty`. */
  async keep(image, record) {
    const kept = { ...record, image, tab: this.tab, time: Date.now() };
    await this.#confirmed(image, kept, store => store.put(kept, `${this.tab} ${image}`));
  }

  async forget(image, tab = this.tab) {
    if (tab === this.tab) {
      await this.#confirmed(image, null, store => store.delete(`${tab} ${image}`));
    } else {
      await this.#do("readwrite", store => store.delete(`${tab} ${image}`));
    }
  }

  /** This tab's record of an image or, if there is none, the newest one with edits of a tab that is gone; null if neither exists. */
  async find(image) {
    const last = takeLast(image);
    if (last?.record) {
      await this.keep(image, last.record);
      return { ...last.record, tab: this.tab };
    }
    if (last) {
      await this.forget(image);
    }
    const all = (await this.#do("readonly", store => store.getAll()) ?? []).filter(record => record.image === image);
    const own = all.find(record => record.tab === this.tab);
    if (own) {
      return own;
    }
    const alive = await heldNames();
    return all.filter(record => record.isDirty && alive && !alive.has(record.tab)).sort((a, b) => b.time - a.time)[0] ?? null;
  }

  /** Leaves what the database has not confirmed where the next page of this tab finds it. */
  leave() {
    for (const [image, record] of this.unconfirmed) {
      try {
        sessionStorage.setItem(LAST + image, JSON.stringify({ record }));
      } catch {
        // Larger than such storage may be: the database has what it could write.
      }
    }
  }

  async #confirmed(image, record, action) {
    this.unconfirmed.set(image, record);
    sessionStorage.removeItem(LAST + image);
    const isWritten = await this.#do("readwrite", action) !== null;
    if (isWritten && this.unconfirmed.get(image) === record) {
      this.unconfirmed.delete(image);
    }
  }

  // What the action's request gave once all is written, undefined for a deletion; null if nothing is kept.
  async #do(mode, action) {
    if (!this.database) {
      return null;
    }
    return new Promise(done => {
      try {
        const transaction = this.database.transaction(STORE, mode, { durability: "relaxed" });
        const request = action(transaction.objectStore(STORE));
        transaction.oncomplete = () => done(request.result);
        transaction.onerror = transaction.onabort = () => done(null);
      } catch {
        done(null);
      }
    });
  }
}

// What the page before this one left of an image, once: `record` as it was kept, or null if it was to be forgotten.
function takeLast(image) {
  const text = sessionStorage.getItem(LAST + image);
  sessionStorage.removeItem(LAST + image);
  return text && JSON.parse(text);
}

// A lock that lasts as long as the tab tells others that it is alive. Without locks, on a plain address that is not the machine's own,
// every tab counts as alive.
function hold(tab) {
  if (!navigator.locks) {
    return Promise.resolve(true);
  }
  return new Promise(done => {
    navigator.locks.request(`maskgen-tab ${tab}`, { ifAvailable: true }, lock => {
      done(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

async function heldNames() {
  if (!navigator.locks) {
    return null;
  }
  const { held } = await navigator.locks.query();
  return new Set(held.map(lock => lock.name.replace("maskgen-tab ", "")));
}

function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), byte => byte.toString(36)).join("");
}
