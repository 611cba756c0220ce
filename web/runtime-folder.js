/** Where Python sees the page's assets in every worker, and saw them when its memory was kept. */
export const RUNTIME = '/runtime';
