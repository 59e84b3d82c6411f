import { element, setText } from "./dom.js";

const TEXTS = {
  lost: "The server does not answer. Your work is kept in this browser and goes on when it is back.",
  unauthorized: "This page is not signed in. Open the address that maskgen printed; your work is kept in this browser.",
};

/** Says while the server is away or wants another token; edits go on meanwhile. */
export function showConnection(connection, announcer) {
  connection.addEventListener("change", () => {
    const { state } = connection;
    element("banner").hidden = state === "ok";
    if (state === "ok") {
      announcer.note("The server is back.");
    } else {
      setText(element("banner-text"), TEXTS[state]);
      setText(element("banner-action"), "Try now");
    }
  });
  element("banner-action").addEventListener("click", () => connection.retryNow());
}
