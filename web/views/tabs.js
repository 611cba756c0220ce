/** The tabs of the centre pane (ARIA tabs): arrows move, and moving shows. */

import { make } from '../dom.js';
import { count } from '../format.js';
import { item } from '../item.js';
import { TABS } from '../state.js';
import { texts } from '../texts.js';

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
    const panel = /** @type {HTMLElement} */ (document.getElementById(tab));
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', button.id);
    return { tab, button, number, panel };
  });
  element.append(...tabs.map(({ button }) => button));
  element.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex(({ button }) => button === document.activeElement);
    const next = item(tabs, (at + step + tabs.length) % tabs.length);
    next.button.focus();
    onTab(next.tab);
    event.preventDefault();
  });
  return {
    /** @param {State} state */
    render({ tab: chosen, summary, instance }) {
      /** @type {Partial<Record<Tab, number>>} */
      const counts = {
        findings: summary?.findings.length,
        elements: instance?.elements.length,
        pictures: summary?.pictures.series.reduce((sum, { frames }) => sum + frames, 0),
        files: summary?.archive.entries,
        problems: summary?.problems.length,
      };
      for (const { tab, button, number, panel } of tabs) {
        const selected = tab === chosen;
        button.setAttribute('aria-selected', String(selected));
        button.tabIndex = selected ? 0 : -1;
        number.textContent = counts[tab] === undefined ? '' : count(counts[tab]);
        button.classList.toggle('alert', tab === 'problems' && Boolean(counts.problems));
        panel.hidden = !selected;
      }
    },
  };
}
