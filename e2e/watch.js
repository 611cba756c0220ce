// Watches a document for whatever a text of a file could become there; one function expression that is handed to the
// browser. What it has seen is in `window.seen`, from then on: elements that no text may make, addresses that lead
// somewhere, refusals of the policy (which would otherwise hide that something was made), and a script that ran.
() => {
  const suspects =
    '[data-hostile], script, iframe, frame, object, embed, base, meta, link, img, form[id=file], foreignObject, use';
  const known = new Set(document.querySelectorAll(':is(script[src], meta, link):not([data-hostile])'));
  const seen = { made: [], addresses: [], refused: [] };
  const published = new Set(['licences.txt', 'bom.json', 'manifest.json']); // files of the site that the page names itself
  const probe = /\/lock-probe\/|"lock-probe"/; // what the page itself tries, to show that it is refused
  const look = (element) => {
    if (known.has(element) || probe.test(element.outerHTML)) return;
    const tell = (what) => seen.made.length < 20 && seen.made.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
    if (element.matches(suspects)) tell('element');
    for (const { name, value } of element.attributes) {
      if (/^on|^srcdoc$/i.test(name)) tell(`attribute ${name}`);
      if (name === 'style' && /url|expression|@import/i.test(value)) tell('style');
      const address = /^(href|src|action|formaction|data|poster|xlink:href|ping|background)$/i.test(name);
      if (address && !published.has(value) && !/^(#|blob:|https:\/\/dicom\.nema\.org\/|https:\/\/www\.ecfr\.gov\/)/.test(value))
        seen.addresses.push(value);
    }
  };
  const lookInto = (node) => {
    if (!(node instanceof Element)) return;
    look(node);
    for (const element of node.querySelectorAll('*')) look(element);
  };
  lookInto(document.documentElement);
  new MutationObserver((changes) => {
    for (const { target, type, addedNodes } of changes) {
      if (type === 'attributes') look(target);
      else for (const node of addedNodes) lookInto(node);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
    const words = `${effectiveDirective} ${blockedURI} ${sample}`;
    if (!probe.test(words) && !blockedURI.endsWith('/favicon.ico')) seen.refused.push(words);
  });
  window.seen = seen;
}
