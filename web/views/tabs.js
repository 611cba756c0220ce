/** The tabs of the centre pane (ARIA tabs): arrows move, and moving shows. Those without room wait in a menu, “More”. */

import { byId, make } from '../dom.js';
import { count } from '../format.js';
import { item } from '../item.js';
import { TABS } from '../state.js';
import { texts } from '../texts.js';
import { placeUnder } from './menus.js';

/** @import { State, Tab } from '../state.js' */

/** @param {HTMLElement} element @param {{onTab: (tab: Tab) => void}} actions */
export function createTabs(element, { onTab }) {
  element.setAttribute('role', 'tablist');
  const tabs = TABS.map((tab) => {
    const number = make('span', { class: 'tab-count' });
    const button = make(
      'button',
      { type: 'button', role: 'tab', id: `tab-${tab}`, class: 'tab', 'aria-controls': tab, onclick: () => onTab(tab) },
      texts.tabs[tab],
      number,
    );
    const panel = byId(tab);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', button.id);
    const words = make('span');
    const choice = make(
      'button',
      { type: 'button', role: 'menuitem', class: 'menu-item', onclick: () => chooseFromMenu(tab) },
      words,
    );
    return { tab, button, number, panel, choice, words };
  });
  element.append(...tabs.map(({ button }) => button));
  element.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex(({ button }) => button === document.activeElement);
    const next = item(tabs, (at + step + tabs.length) % tabs.length);
    onTab(next.tab); // one from the menu gets its place now
    next.button.focus();
    event.preventDefault();
  });

  const more = byId('tabs-more');
  const menu = byId('tabs-menu');
  more.append(make('span', { text: texts.tabs.more }), make('span', { class: 'caret', 'aria-hidden': 'true' }));
  menu.append(make('div', { role: 'menu', 'aria-label': texts.tabs.more }, ...tabs.map(({ choice }) => choice)));
  placeUnder(menu, more);
  /** @type {Tab | null} */
  let chosen = null;
  new ResizeObserver(fit).observe(byId('tab-bar'));

  /** @param {Tab} tab */
  function chooseFromMenu(tab) {
    menu.hidePopover();
    onTab(tab);
    tabs.find((one) => one.tab === tab)?.button.focus();
  }

  /** Shows as many tabs as have room, the chosen one among them. */
  function fit() {
    for (const { button } of tabs) button.hidden = false;
    more.hidden = true;
    if (element.scrollWidth <= element.clientWidth) return;
    more.hidden = false;
    const widths = tabs.map(({ button }) => button.offsetWidth);
    const selected = tabs.findIndex(({ tab }) => tab === chosen);
    let room = element.clientWidth - (widths[selected] ?? 0);
    let full = false;
    tabs.forEach(({ button, choice }, index) => {
      if (index !== selected) {
        room -= item(widths, index);
        full ||= room < 0;
        button.hidden = full;
      }
      choice.hidden = !button.hidden;
    });
    more.classList.toggle(
      'alert',
      tabs.some(({ button }) => button.hidden && button.classList.contains('alert')),
    );
  }

  return {
    /** @param {State} state */
    render({ tab: current, summary, instance, beside }) {
      /** @type {Partial<Record<Tab, number>>} */
      const counts = {
        findings: summary?.findings.length,
        elements: instance?.elements.length,
        pictures: summary?.pictures.series.reduce((sum, { frames }) => sum + frames, 0),
        files: summary?.archive.entries,
        problems: summary?.problems.length,
        ...(beside.length && { compare: beside.length }),
      };
      let changed = current !== chosen;
      chosen = current;
      for (const { tab, button, number, panel, words } of tabs) {
        const selected = tab === current;
        button.setAttribute('aria-selected', String(selected));
        button.tabIndex = selected ? 0 : -1;
        const text = counts[tab] === undefined ? '' : count(counts[tab]);
        changed ||= text.length !== number.textContent.length;
        number.textContent = text;
        words.textContent = [texts.tabs[tab], text].filter(Boolean).join(' · ');
        button.classList.toggle('alert', tab === 'problems' && Boolean(counts.problems));
        panel.hidden = !selected;
      }
      if (changed) fit();
    },
  };
}
