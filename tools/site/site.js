// What the theme leaves out for people without a mouse, or who hear the page: tables that scroll, and names for what copies.
function complete() {
  document.querySelectorAll(".md-typeset__scrollwrap").forEach((table) => { table.tabIndex = 0; });
  document.querySelectorAll(".md-code__nav").forEach((nav, at) => { nav.setAttribute("aria-label", `Code ${at + 1}`); });
}
new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
complete();
