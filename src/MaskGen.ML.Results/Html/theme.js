/** Steps through the colours of the system, light and dark. */
(() => {
  const button = document.getElementById("theme");
  const themes = [["", "◐", "as the system"], ["light", "☀", "light"], ["dark", "☾", "dark"]];
  let current = 0;
  button.addEventListener("click", () => {
    current = (current + 1) % themes.length;
    const [theme, sign, name] = themes[current];
    document.documentElement.dataset.theme = theme;
    button.textContent = sign;
    button.setAttribute("aria-label", `Colours: ${name}`);
  });
})();
