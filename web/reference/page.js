// Dresses the reference in the dashboard's theme and lets it act with the dashboard's session.

const reference = document.querySelector("rapi-doc");
const dark = matchMedia("(prefers-color-scheme: dark)");

function dress() {
  const chosen = localStorage.getItem("syft.theme");
  const theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
  const look =
    theme === "dark"
      ? { "bg-color": "#11161d", "text-color": "#e7ecf1", "primary-color": "#8ab6f9", "nav-bg-color": "#171d25" }
      : { "bg-color": "#f9fbfd", "text-color": "#1a2029", "primary-color": "#264fa8", "nav-bg-color": "#ffffff" };
  document.documentElement.dataset.theme = theme;
  reference.setAttribute("theme", theme);
  for (const [name, value] of Object.entries(look)) reference.setAttribute(name, value);
}

dress();
dark.addEventListener("change", dress);

const server = location.origin + reference.dataset.base;
reference.setAttribute("server-url", server);
reference.setAttribute("default-api-server", server);

reference.addEventListener("before-try", (event) => {
  const token = localStorage.getItem("syft.csrf");
  if (token) event.detail.request.headers.set("X-CSRF-Token", token);
});
