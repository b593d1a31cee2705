// let the keys go to the app as soon as it is there, without a click
new MutationObserver(() => document.querySelector(".xterm-helper-textarea")?.focus())
  .observe(document.documentElement, { attributeFilter: ["class"], subtree: true });
