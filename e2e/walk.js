// Walks through the page as somebody does who wants to see everything: every tab, row by row and to the end of every
// list, every menu and dialog, every field filled in; one function expression that is handed to the browser. Resolves
// to what was visited and which of the `texts` were on screen at some time.
async ({ texts, typed }) => {
  const pause = (ms) => new Promise((passed) => setTimeout(passed, ms));
  const visible = (element) => element.checkVisibility?.() ?? element.getClientRects().length > 0;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)].filter(visible);
  const visited = [];
  const onScreen = new Set();
  const read = () => {
    const text = document.body.textContent;
    for (const one of texts) if (text.includes(one)) onScreen.add(one);
  };
  const type = (field, text) => {
    field.value = text;
    for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));
  };
  const click = async (element) => {
    element.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    element.click();
    element.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }));
    await pause(15);
    read();
  };
  const scrollThrough = async (within) => {
    for (const list of all('.list, article, [tabindex="0"]', within)) {
      for (let step = 0; step < 20; step++) {
        const before = list.scrollTop;
        list.scrollTop += Math.max(100, list.clientHeight * 0.9);
        if (list.scrollTop === before) break;
        await pause(20);
        read();
      }
      list.scrollTop = 0;
      await pause(20);
    }
  };
  // Not these: they end the review, ask for a file, or save one.
  const left =
    '#another, #cancel, #choose-files, #choose-folder, #sample, #compare-button, #report-menu *, input[type=file]';
  const press = async (within) => {
    for (const button of all('button, summary', within).slice(0, 25)) {
      if (!button.matches(left) && button.isConnected && !button.disabled) await click(button);
    }
  };
  const walk = async (within) => {
    for (const field of all('input[type=search], input[type=text], input:not([type]), textarea', within)) {
      for (const text of typed.slice(0, 2)) {
        type(field, text);
        await pause(40);
      }
      type(field, '');
      await pause(40);
    }
    await scrollThrough(within);
    for (const row of all('[role=row], [role=treeitem], [role=option]', within).slice(0, 12)) {
      if (row.isConnected) await click(row);
    }
    for (const select of all('select', within)) {
      for (const option of select.options) {
        type(select, option.value);
        await pause(40);
        read();
      }
      select.selectedIndex = 0;
      type(select, select.value);
    }
  };
  const closeDialogs = () => {
    for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    for (const menu of document.querySelectorAll('[popover]')) if (menu.matches(':popover-open')) menu.hidePopover();
  };

  for (const tab of document.querySelectorAll('[role=tab]')) {
    await click(tab);
    await pause(100);
    const panel = document.getElementById(tab.getAttribute('aria-controls'));
    await walk(panel);
    await press(panel);
    closeDialogs();
    visited.push(panel.id);
  }
  const tree = document.getElementById('tree');
  await walk(tree);
  for (const entry of all('[role=treeitem]', tree).slice(0, 8)) {
    await click(entry);
    await pause(100);
    await press(document.getElementById('picture'));
  }
  closeDialogs();
  visited.push('tree', 'picture');
  for (const button of all('[aria-haspopup=dialog], [popovertarget]')) {
    await click(button);
    const open =
      document.querySelector('dialog[open]') ?? document.getElementById(button.getAttribute('popovertarget'));
    if (!open) continue;
    for (const field of all('textarea, input[type=text], input:not([type])', open)) type(field, typed.join('\n'));
    await press(open);
    visited.push(open.id);
    await pause(200);
    closeDialogs();
  }
  return { visited, onScreen: [...onScreen] };
}
