// Every page, in all five themes and on a phone: no accessibility fault that axe can find, no
// complaint in the console, nothing wider than the page, no request to another machine.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const THEMES = ['light', 'rust', 'coal', 'navy', 'ayu'];
const WIDTHS = [1100, 390];

/// Looks at all pages, two at a time, and gives how many views that were.
export async function views(chrome, site, faults) {
    const waiting = site.pages.flatMap((page) => WIDTHS.map((width) => ({ page, width })));
    const count = waiting.length * THEMES.length;
    const work = async () => {
        for (let view = waiting.shift(); view; view = waiting.shift()) {
            faults.push(...(await look(chrome, site, view)));
        }
    };
    await Promise.all([work(), work()]);
    return count;
}

/// A fresh window with a theme and a width, which notes what the page should not do.
export async function open(chrome, site, { page, theme = 'light', width = 1100, ...options }, said) {
    const context = await chrome.newContext({ viewport: { width, height: 900 }, reducedMotion: 'reduce', ...options });
    const window = await context.newPage();
    window.setDefaultTimeout(10_000);
    window.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) { said.push(`console: ${message.text()}`); }
    });
    window.on('pageerror', (error) => said.push(`script: ${error.message}`));
    window.on('request', (request) => {
        const own = request.url().startsWith(site.base) || request.url().startsWith('data:');
        if (!own) { said.push(`a request to another machine: ${request.url()}`); }
    });
    const sidebar = width > 620 ? 'visible' : 'hidden';
    await window.addInitScript(([theme, sidebar]) => {
        localStorage.setItem('mdbook-theme', theme);
        localStorage.setItem('mdbook-sidebar', sidebar);
    }, [theme, sidebar]);
    await window.goto(site.base + page, { waitUntil: 'load' });
    await window.evaluate(() => document.fonts.ready).catch(() => {}); // without scripts there is nothing to ask
    return window;
}

/// One page at one width, in all themes.
async function look(chrome, site, { page, width }) {
    const said = [];
    const window = await open(chrome, site, { page, width }, said);
    await window.addStyleTag({ content: '* { transition: none !important; }' });
    // Folds open, so that what is in them is looked at too.
    await window.evaluate(() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; }));
    await window.evaluate(AXE);
    const over = await window.evaluate(() => {
        const root = document.documentElement;
        return root.scrollWidth - root.clientWidth;
    });
    if (over > 0) { said.push(`${over} px wider than the window`); }
    for (const theme of THEMES) {
        await window.evaluate((theme) => document.getElementById(`mdbook-theme-${theme}`).click(), theme);
        const violations = await violated(window, theme === THEMES[0]);
        said.push(...violations.map((what) => `${theme}: ${what}`));
    }
    await window.context().close();
    return said.map((what) => `${page} (${width} px): ${what}`);
}

/// What axe finds. The themes differ in colours only, so all other rules are asked once.
function violated(window, all) {
    return window.evaluate(async (all) => {
        const rules = all ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] };
        const { violations } = await globalThis.axe.run(document, rules);
        return violations.map(({ impact, id, nodes: [first, ...more] }) => {
            const others = more.length ? ` and ${more.length} more` : '';
            return `${impact} ${id}: ${first.html.slice(0, 120)}${others}: ${first.any[0]?.message ?? ''}`;
        });
    }, all);
}
