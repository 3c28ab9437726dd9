// What a reader does: search, answer a question by keyboard and without scripts, open hints, copy
// a command, change the theme.
import { open } from './views.mjs';

/// Clicks through everything, and gives how many things that were.
export async function clicks(chrome, site, faults) {
    const all = [searches, answers, answersWithoutScripts, hints, copies, themes, sidebar];
    let done = 0;
    for (const click of all) {
        const said = [];
        try {
            done += (await click((page, options = {}) => open(chrome, site, { page, ...options }, said), site)) === false ? 0 : 1;
        } catch (error) {
            said.push(error.message.split('\n')[0]);
        }
        faults.push(...said.map((what) => `${click.name}: ${what}`));
    }
    return done;
}

const must = (holds, what) => { if (!holds) { throw new Error(what); } };

async function searches(go) {
    const window = await go('fork-basics.html');
    await window.keyboard.press('s');
    await window.keyboard.type('zombie');
    await window.locator('#mdbook-searchresults li').first().waitFor();
    const found = await window.locator('#mdbook-searchresults li').allTextContents();
    must(found.some((text) => /zombie/i.test(text)), 'the search does not find "zombie"');
    // What stands in an answer, and nowhere else.
    await window.locator('#mdbook-searchbar').fill('"may be slow to start"');
    await window.waitForTimeout(800);
    const spoilt = await window.locator('#mdbook-searchresults li').allTextContents();
    must(!spoilt.some((text) => text.includes('slow to start')), 'the search finds an answer');
    await window.context().close();
}

/// The first question with choices of which one is right, its first choice chosen.
async function answer(window, press) {
    const quiz = window.locator('.quiz', { has: window.locator('.choices > .choice') }).first();
    const fold = quiz.locator('details');
    must(!(await fold.evaluate((fold) => fold.open)), 'the answers are open before one was asked for');
    must(!(await fold.locator('li').first().isVisible()), 'an answer is seen at once');
    await press(quiz.locator('input').first(), 'Space');
    must(await quiz.locator('input').first().isChecked(), 'a choice cannot be chosen');
    await press(fold.locator('summary'), 'Enter');
    await fold.locator('li').first().waitFor();
    must(await fold.locator('li.yes').count() === 1, 'not exactly one answer is right');
    const mark = await quiz.locator('.choice:has(:checked) label').evaluate((label) => getComputedStyle(label, '::after').content);
    must(/right|not so/.test(mark), 'what was chosen is not marked');
    await window.context().close();
}

async function answers(go) {
    const byKey = async (element, key) => { await element.focus(); await element.press(key); };
    await answer(await go('fork-basics.html'), byKey);
}

async function answersWithoutScripts(go) {
    await answer(await go('fork-basics.html', { javaScriptEnabled: false }), (element) => element.click());
}

async function hints(go, site) {
    const exercise = site.pages.find((page) => page.startsWith('exercises/'));
    const window = await go(exercise);
    const folds = window.locator('.hints details');
    if (await folds.count() === 0) { return false; } // this copy of the workbook has no exercises
    const [first, second] = [folds.nth(0), folds.nth(1)];
    must(!(await second.locator('> summary').isVisible()), 'the second hint is offered before the first');
    await first.locator('> summary').click();
    must(await first.locator('> :not(summary)').first().isVisible(), 'the first hint does not open');
    must(await second.locator('> summary').isVisible(), 'the first hint does not offer the second');
    must(!(await second.locator('> :not(summary)').first().isVisible()), 'the second hint opens with the first');
    await window.context().close();
    return true;
}

async function copies(go) {
    const window = await go('fork-basics.html', { permissions: ['clipboard-read', 'clipboard-write'] });
    const transcript = window.locator('.transcript', { hasText: 'lesson-fork-basics' }).first();
    await transcript.hover();
    await transcript.locator('.clip-button').click();
    await window.locator('.clip-button.tooltipped').waitFor();
    const text = await window.evaluate(() => navigator.clipboard.readText());
    must(text === 'cargo run -q -p lesson-fork-basics', `the copy button copies ${JSON.stringify(text)}`);
    await window.context().close();
}

async function themes(go) {
    const window = await go('fork-basics.html');
    await window.locator('#mdbook-theme-toggle').click();
    await window.locator('#mdbook-theme-navy').click();
    must(await window.evaluate(() => document.documentElement.classList.contains('navy')), 'the theme does not change');
    await window.context().close();
}

async function sidebar(go) {
    const window = await go('fork-basics.html');
    const chapter = window.locator('#mdbook-sidebar a', { hasText: 'Many forks' });
    must(await chapter.isVisible(), 'the sidebar is not there');
    await window.locator('#mdbook-sidebar-toggle').focus();
    await window.keyboard.press('Enter');
    await chapter.waitFor({ state: 'hidden' });
    await window.context().close();
}
