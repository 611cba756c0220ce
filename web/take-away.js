/**
 * What leads out of a page and is covered by no content security policy, or by one that some browser enforces without
 * saying so: it is taken away before a file is accepted. Nothing here needs any of it.
 */

import { texts } from './texts.js';

/** @import { Attempt } from './protocol.js' */

/** @typedef {[channel: string, owner: any, property: string]} Way */

/** Who has the property: an object of the platform, or what it descends from. @param {any} owner @param {string} property */
const ownerOf = (owner, property) => {
  let found = owner;
  while (found && !Object.hasOwn(found, property)) found = Object.getPrototypeOf(found);
  return found ?? owner;
};

/**
 * What lies in a cache of the site, or is said to its service worker, outlives the page and its policies. A passkey is
 * asked for by the name of a host, which the browser then calls; a cookie waits for the next visit to this
 * site, and so does whatever is stored; another page of this site may still have the network; an interest group names an
 * address that is asked later; a payment handler's address is fetched; a notification has pictures; some voices speak from
 * the maker's servers.
 *
 * @type {Way[]}
 */
const EVERYWHERE = [
  ['WebRTC', globalThis, 'RTCPeerConnection'],
  ['WebRTC', globalThis, 'webkitRTCPeerConnection'],
  ['WebTransport', globalThis, 'WebTransport'],
  ['WebSocketStream', globalThis, 'WebSocketStream'],
  ['cookies', globalThis, 'cookieStore'],
  ['site cache', ownerOf(globalThis, 'caches'), 'caches'],
  ['service worker', ownerOf(navigator, 'serviceWorker'), 'serviceWorker'],
  ['storage', ownerOf(globalThis, 'indexedDB'), 'indexedDB'],
  ['storage', ownerOf(navigator, 'storage'), 'storage'],
  ['storage', ownerOf(navigator, 'storageBuckets'), 'storageBuckets'],
  ['other pages', globalThis, 'BroadcastChannel'],
  ['other pages', globalThis, 'SharedWorker'],
  ['notifications', globalThis, 'Notification'],
];

/** @type {Way[]} */
const OF_A_WORKER = [...EVERYWHERE, ['EventSource', globalThis, 'EventSource']]; // Gecko refuses it in silence

/** @type {() => Way[]} */
const ofAPage = () => [
  ...EVERYWHERE,
  ['window.open', globalThis, 'open'],
  ['fetchLater', globalThis, 'fetchLater'],
  ['payment', globalThis, 'PaymentRequest'],
  ['presentation', globalThis, 'PresentationRequest'],
  ['passkeys', Navigator.prototype, 'credentials'],
  ['passkeys', Navigator.prototype, 'login'],
  ['interest groups', Navigator.prototype, 'joinAdInterestGroup'],
  ['interest groups', Navigator.prototype, 'runAdAuction'],
  ['cookies', Document.prototype, 'cookie'],
  ['storage', globalThis, 'localStorage'],
  ['storage', globalThis, 'sessionStorage'],
  ['storage', globalThis, 'webkitRequestFileSystem'],
  ['storage', globalThis, 'name'],
  ['other pages', globalThis, 'opener'],
  ['other pages', globalThis, 'parent'],
  ['window of its own', globalThis, 'documentPictureInPicture'],
  ['speech', globalThis, 'speechSynthesis'],
  ['speech', globalThis, 'SpeechRecognition'],
  ['speech', globalThis, 'webkitSpeechRecognition'],
  ['media session', Navigator.prototype, 'mediaSession'],
  ['sharing', Navigator.prototype, 'share'],
  ['protocol handlers', Navigator.prototype, 'registerProtocolHandler'],
  ['markup', Element.prototype, 'setHTML'],
  ['markup', ShadowRoot.prototype, 'setHTML'],
  ['markup', Document, 'parseHTML'],
];

/**
 * Elements that hold a document of their own, in which everything above is there anew; and links, which make a browser
 * look up and call a host (DNS prefetch, preconnect) without any policy being asked.
 */
const REFUSED = /** @type {Readonly<Record<string, string>>} */ (
  Object.freeze({
    __proto__: /** @type {any} */ (null),
    iframe: 'frames',
    frame: 'frames',
    object: 'frames',
    embed: 'frames',
    fencedframe: 'frames',
    link: 'hints of hosts',
  })
);

/** What the probes of the lock need, from before it is taken away. */
export const createElement = globalThis.document?.createElement.bind(document);
const set = globalThis.document && Element.prototype.setAttribute;
/** @param {Element} element @param {string} name @param {string} value */
export const setAttribute = (element, name, value) => set.call(element, name, value);

/** @returns {Way[]} */
const ways = () => (globalThis.document ? ofAPage() : OF_A_WORKER);

/** Takes all of it away, from the page or the worker that this runs in. */
export function takeAway() {
  if (globalThis.opener) globalThis.opener = null; // the browser forgets it; below, the page does
  for (const [, owner, property] of ways()) fix(owner, property, undefined);
  if (globalThis.document) guard();
}

/**
 * Refuses what cannot be taken away as a whole. Whatever is called in here was taken from the platform before: a script
 * that puts something else in its place gains nothing.
 */
function guard() {
  const { apply } = Reflect;
  const { ELEMENT_NODE: ELEMENT, ATTRIBUTE_NODE: ATTRIBUTE } = Node;
  const { lastIndexOf, slice, toLowerCase, trimStart } = String.prototype;
  const { getAttribute, getAttributeNS, hasAttribute } = Element.prototype;
  const { preventDefault, stopImmediatePropagation } = Event.prototype;
  const localName = getter(Element.prototype, 'localName');
  const nodeType = getter(Node.prototype, 'nodeType');
  const parentNode = getter(Node.prototype, 'parentNode');
  const eventType = getter(Event.prototype, 'type');

  /** @param {any} owner @param {string} method @param {(self: any, words: any[]) => boolean} allows */
  function guardMethod(owner, method, allows) {
    const original = owner[method];
    fix(
      owner,
      method,
      /** @this {any} @param {any[]} words */ function (...words) {
        return allows(this, words) ? apply(original, this, words) : undefined;
      },
    );
  }

  /** @param {string} what @returns {never} */
  const refuse = (what) => {
    throw new TypeError(`this page has given up ${what}`);
  };

  // --- elements
  for (const [method, place] of /** @type {[string, number][]} */ ([
    ['createElement', 0],
    ['createElementNS', 1],
  ])) {
    guardMethod(Document.prototype, method, (_, words) => {
      // Once, since a word may be an object that says something else when it is asked again.
      const name = `${words[place]}`;
      const local = apply(toLowerCase, apply(slice, name, [apply(lastIndexOf, name, [':']) + 1]), []);
      if (local in REFUSED) refuse(/** @type {string} */ (REFUSED[local]));
      words[place] = name;
      return true;
    });
  }
  // The other ways to an element: a class of one's own, a transformation, a tree of its own.
  fix(CustomElementRegistry.prototype, 'define', undefined);
  fix(globalThis, 'XSLTProcessor', undefined);
  fix(Element.prototype, 'attachShadow', undefined);

  // --- the links of the page's own head: they, and what is copied from them, can be given no other host
  /** @param {any} self */
  const isNoLink = (self) => apply(localName, self, []) !== 'link' || refuse('hints of hosts');
  for (const method of ['setAttribute', 'setAttributeNS', 'toggleAttribute', 'setAttributeNode', 'setAttributeNodeNS'])
    guardMethod(Element.prototype, method, isNoLink);
  for (const method of ['setNamedItem', 'setNamedItemNS']) fix(NamedNodeMap.prototype, method, undefined);
  const relList = getter(HTMLLinkElement.prototype, 'relList');
  for (const property of ['href', 'rel', 'relList']) {
    const get = getter(HTMLLinkElement.prototype, property);
    Object.defineProperty(HTMLLinkElement.prototype, property, {
      get: get === relList ? undefined : get,
      set: undefined,
      configurable: false,
    });
  }
  for (const [owner, property] of /** @type {[any, string][]} */ ([
    [Attr.prototype, 'value'],
    [Node.prototype, 'nodeValue'],
    [Node.prototype, 'textContent'],
  ])) {
    const { get, set: change } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(owner, property));
    Object.defineProperty(owner, property, {
      get,
      /** @this {any} @param {any} value */
      set(value) {
        if (apply(nodeType, this, []) === ATTRIBUTE) refuse('hints of hosts');
        apply(/** @type {Function} */ (change), this, [value]);
      },
      configurable: false,
    });
  }

  // --- a click that a script makes follows no link to an address, in this tab or in a new one; what is in memory may be saved
  /** @param {EventTarget} target @returns {boolean} Whether a click on it would follow a link to an address. */
  function leadsAway(target) {
    for (let node = /** @type {Node | null} */ (target); node; node = apply(parentNode, node, [])) {
      if (apply(nodeType, node, []) !== ELEMENT) continue;
      const name = apply(localName, node, []);
      if (name !== 'a' && name !== 'area') continue;
      const href =
        apply(getAttribute, node, ['href']) ?? apply(getAttributeNS, node, ['http://www.w3.org/1999/xlink', 'href']);
      if (href === null) continue;
      const address = apply(trimStart, href, []);
      const saves = apply(hasAttribute, node, ['download']) && apply(slice, address, [0, 5]) === 'blob:';
      if (address[0] !== '#' && !saves) return true;
    }
    return false;
  }
  guardMethod(HTMLElement.prototype, 'click', (self) => !leadsAway(self));
  guardMethod(
    EventTarget.prototype,
    'dispatchEvent',
    (self, [event]) => apply(eventType, event, []) !== 'click' || !isNode(self) || !leadsAway(self),
  );

  /** @param {any} self */
  function isNode(self) {
    try {
      return apply(nodeType, self, []) > 0;
    } catch {
      return false; // the window, a worker: nothing that a click could follow
    }
  }

  // --- a message from another window would bring a way to answer it
  addEventListener('message', (event) => apply(stopImmediatePropagation, event, []), true);

  // --- the address of this tab can carry data, and no policy covers it. What the user does in the browser never comes by
  // here; a click, a place in this page and a download of what is in memory may pass.
  const { navigation, NavigateEvent, NavigationDestination } = /** @type {any} */ (globalThis);
  if (!navigation) return;
  const here = withoutFragment(location.href);
  const fields = ['userInitiated', 'destination', 'downloadRequest'].map((name) =>
    getter(NavigateEvent.prototype, name),
  );
  const [userInitiated, destination, downloadRequest] = /** @type {[Getter, Getter, Getter]} */ (fields);
  const addressOf = getter(NavigationDestination.prototype, 'url');
  const isSameDocument = getter(NavigationDestination.prototype, 'sameDocument');
  navigation.addEventListener('navigate', (/** @type {any} */ event) => {
    const where = apply(destination, event, []);
    const url = apply(addressOf, where, []);
    const within = apply(isSameDocument, where, []) && withoutFragment(url) === here;
    const saves = apply(downloadRequest, event, []) !== null && apply(slice, url, [0, 5]) === 'blob:';
    if (!apply(userInitiated, event, []) && !within && !saves) apply(preventDefault, event, []);
  });

  /** @param {string} url */
  function withoutFragment(url) {
    for (let end = 0; end < url.length; end++) if (url[end] === '#') return apply(slice, url, [0, end]);
    return url;
  }
}

/** @typedef {() => any} Getter */

/** @param {any} owner @param {string} property @returns {Getter} */
function getter(owner, property) {
  return /** @type {Getter} */ (Object.getOwnPropertyDescriptor(owner, property)?.get);
}

/** @param {any} owner @param {string} property @param {unknown} value Which nothing can change any more. */
function fix(owner, property, value) {
  Object.defineProperty(owner, property, { value, writable: false, configurable: false });
}

/** @param {'page' | 'worker'} from @returns {Attempt[]} Whether each of the ways is gone from here. */
export function tryTakenAway(from) {
  const names = [...new Set(ways().map(([channel]) => channel))];
  const gone = names.map((channel) => ({
    channel,
    refused: ways().every(([name, owner, property]) => name !== channel || !reaches(owner, property)),
  }));
  const made = globalThis.document ? ['frames', 'hints of hosts'] : [];
  for (const channel of made) {
    const elements = Object.keys(REFUSED).filter((name) => REFUSED[name] === channel);
    gone.push({ channel, refused: elements.every((name) => !canBeMade(name)) });
  }
  return gone.map((one) => ({ from, ...one, how: texts.lock.takenAway }));
}

/** @param {string} name */
function canBeMade(name) {
  try {
    return Boolean(document.createElement(name));
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** @param {any} owner @param {string} property @returns {boolean} Whether it is still there. */
function reaches(owner, property) {
  const found = Object.getOwnPropertyDescriptor(owner, property);
  return found !== undefined && (found.get !== undefined || found.value !== undefined);
}
