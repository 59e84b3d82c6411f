const cards = [...document.querySelectorAll("#cards > li")];
const search = document.getElementById("search");
const sort = document.getElementById("sort");
const whole = document.getElementById("count").textContent;
const names = new Intl.Collator("en", { numeric: true });
const orders = {
  name: (a, b) => names.compare(a.dataset.name, b.dataset.name),
  masks: (a, b) => b.dataset.masks - a.dataset.masks || orders.name(a, b),
  pixels: (a, b) => b.dataset.pixels - a.dataset.pixels || orders.name(a, b),
};

function update() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of cards) {
    card.hidden = !words.every(word => card.dataset.name.toLowerCase().includes(word));
    shown += card.hidden ? 0 : 1;
  }
  document.getElementById("cards").append(...cards.sort(orders[sort.value]));
  document.getElementById("nothing").hidden = shown > 0 || cards.length === 0;
  document.getElementById("count").textContent = words.length ? `${shown} of ${cards.length} images` : whole;
}

search.addEventListener("input", update);
sort.addEventListener("change", update);
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    update();
  }
});
update();
